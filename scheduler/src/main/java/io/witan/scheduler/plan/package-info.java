/**
 * The values that pass between modules: who is where ({@link io.witan.scheduler.plan.Topology}), which rank holds which
 * expert ({@link io.witan.scheduler.plan.Placement}), what moves ({@link io.witan.scheduler.plan.TransferPlan}) and which
 * token goes where ({@link io.witan.scheduler.plan.DispatchPlan}). All immutable, safe on any thread, computed alike on
 * every rank.
 *
 * <p>Letters: E experts of a layer, R ranks, N nodes. A <em>chunk</em> of a sparse collective is one whole expert, or one slice
 * of one where experts are sliced over all ranks ({@link io.witan.scheduler.plan.ExpertSlices}).
 */
package io.witan.scheduler.plan;
