/**
 * In which hops the chunks of a sparse collective travel
 * ({@link io.witan.scheduler.transfer.HierarchicalTransferPlanner}). Pure functions: any thread, the same plan on every rank
 * without an exchange.
 */
package io.witan.scheduler.transfer;
