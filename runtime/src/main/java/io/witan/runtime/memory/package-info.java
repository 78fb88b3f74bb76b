/**
 * What memory a rank holds, and for what: {@link io.witan.runtime.memory.MemoryMeter} adds up the parts from what their
 * holders say, and reads beside them how much of the process the kernel has in memory. docs/measuring.md says how each part
 * is counted.
 *
 * <p>Nothing here runs inside a step: holders only grow, so that what they hold after a step is the peak of the steps so far.
 * Thread rule: the rank's training thread.
 */
package io.witan.runtime.memory;
