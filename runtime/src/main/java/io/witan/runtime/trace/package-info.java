/**
 * The timeline of a run: what the training thread of every rank computed and waited for, and what its lanes of communication
 * carried meanwhile. {@link io.witan.runtime.trace.Timeline} records on each rank, {@link io.witan.runtime.trace.TraceCollector}
 * brings all to rank 0 on one clock, {@link io.witan.runtime.trace.TraceFile} is the file. docs/timeline.md says how to read it.
 *
 * <p>Thread rule: the rank's training thread; the operations of lanes are taken up on whichever thread completes them.
 */
package io.witan.runtime.trace;
