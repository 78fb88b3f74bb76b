/**
 * Work on the three lanes of a rank, and what it takes when they run at the same time: a graph of tasks
 * ({@link io.witan.scheduler.lanes.LaneGraph}), run in the order that a rank would start them
 * ({@link io.witan.scheduler.lanes.LaneRun}), slowed where lanes disturb each other
 * ({@link io.witan.scheduler.lanes.Contention}). Milliseconds as doubles: Java's arithmetic is the same on every machine, so ranks that
 * plan from the same numbers plan alike. No I/O, no clock; a graph belongs to one thread, the rest is immutable.
 */
package io.witan.scheduler.lanes;
