package io.witan.scheduler.dispatch;

import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/** Which holder computes which token assignment of a layer. Pure: the same plan on every rank. */
@FunctionalInterface
public interface DispatchRule {
    /** Nearest holders, evenly ({@link TopologyDispatch}). */
    DispatchRule EVEN = TopologyDispatch::plan;

    /** Nearest holders, so that computing balances ({@link WaterFillingDispatch}). */
    DispatchRule BALANCING = WaterFillingDispatch::plan;

    /**
     * @param placement of the layer in this step
     * @param counts counts[s][e] = token assignments of source rank s to expert e, at least 0; read only
     * @throws IllegalArgumentException if shapes differ or a count is negative
     */
    DispatchPlan plan(Topology topology, Placement placement, int[][] counts);
}
