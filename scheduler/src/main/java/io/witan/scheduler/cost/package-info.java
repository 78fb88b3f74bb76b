/**
 * What a decision costs. Of a transfer plan: bytes by rank and node and the least time they take
 * ({@link io.witan.scheduler.cost.SparseCollectiveCost}), and how many experts' bytes hide behind a computation
 * ({@link io.witan.scheduler.cost.OverlapDegree}). Of a placement: the time of its layer in parts
 * ({@link io.witan.scheduler.cost.LayerTimeModel}). Of new owners: {@link io.witan.scheduler.cost.MoveTime}. Pure functions, any
 * thread. Bytes, bytes per second and nanoseconds, all int64.
 */
package io.witan.scheduler.cost;
