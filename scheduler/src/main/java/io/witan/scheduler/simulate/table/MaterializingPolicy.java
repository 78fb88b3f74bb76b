package io.witan.scheduler.simulate.table;

import io.witan.scheduler.placement.HeterogeneousSharding;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.SparseMaterializationPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.Arrays;

/**
 * Hecate as evaluated: algorithm 1 in every step, algorithm 2 every so many steps.
 *
 * @param degree t
 * @param capacity m; 0 copies nothing
 * @param interval steps between re-shardings; 0 for none
 * @param copies whether they stay until backward
 */
record MaterializingPolicy(Topology topology, int degree, int capacity, int interval, Copies copies)
        implements PlacementPolicy {
    /** What becomes of copies after forward. */
    enum Copies {
        KEPT,
        FREED
    }

    @Override
    public StepPlacement place(StepInput input) {
        StepPlacement placed = new SparseMaterializationPolicy(topology, degree, capacity).place(input);
        return copies == Copies.KEPT ? placed : new StepPlacement(placed.wide(), new boolean[placed.wide().size()]);
    }

    @Override
    public int[][] reshard(ReshardInput input) {
        if (interval == 0 || input.step() % interval != 0) {
            return input.owners();
        }
        int[] degrees = new int[input.owners().length];
        Arrays.fill(degrees, Math.min(degree, capacity));
        int[][] next = HeterogeneousSharding.plan(topology, input.load(), degrees, input.owners());
        return HeterogeneousSharding.movedExperts(input.owners(), next) == 0 ? input.owners() : next;
    }
}
