/**
 * Internal: SparseAllGather and SparseReduceScatter (Hecate, section 3.1) as exchanges that follow the hops of a
 * {@link io.witan.scheduler.plan.TransferPlan}. Pure functions, any thread. A chunk is one expert; lengths are in bytes.
 */
package io.witan.collectives.sparse;
