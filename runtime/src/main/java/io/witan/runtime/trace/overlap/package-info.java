/**
 * How much of a run's communication its computation hid: {@link io.witan.runtime.trace.overlap.OverlapReport} finds it from the events of
 * a trace. Pure; any thread.
 */
package io.witan.runtime.trace.overlap;
