/**
 * What a plan costs: bytes by rank and node and the least time they take
 * ({@link io.witan.scheduler.cost.SparseCollectiveCost}), and how many experts' bytes hide behind a computation
 * ({@link io.witan.scheduler.cost.OverlapDegree}). Pure functions, any thread. Bytes, bytes per second and nanoseconds, all
 * int64.
 */
package io.witan.scheduler.cost;
