/**
 * Who owns an expert ({@link io.witan.scheduler.placement.OwnerPlacement},
 * {@link io.witan.scheduler.placement.HeterogeneousSharding}, {@link io.witan.scheduler.placement.MinimumMoves}), how much memory a
 * layer's copies get ({@link io.witan.scheduler.placement.CapacityShares}) and who gets a copy for one step
 * ({@link io.witan.scheduler.placement.SparseMaterialization}, {@link io.witan.scheduler.placement.ScoredMaterialization}; made from
 * {@link io.witan.scheduler.placement.ReplicaCounts} and {@link io.witan.scheduler.placement.ReplicaSpread}). Pure functions of values
 * that all ranks share: any thread, integer arithmetic, ties by the lower id, so that all ranks decide alike without talking.
 *
 * <p>Letters: L layers, E experts of a layer, R ranks, N nodes; t overlap degree and m memory capacity, both in experts.
 */
package io.witan.scheduler.placement;
