/**
 * What a user sees of a run's balance while it goes on: a table ({@link io.witan.launcher.watch.BalanceTable}), decisions in words
 * ({@link io.witan.launcher.watch.DecisionLog}), placements as they change ({@link io.witan.launcher.watch.PlacementChanges}) and an
 * endpoint for Prometheus ({@link io.witan.launcher.watch.MetricsEndpoint}). On rank 0, told after each step by its training thread.
 */
package io.witan.launcher.watch;
