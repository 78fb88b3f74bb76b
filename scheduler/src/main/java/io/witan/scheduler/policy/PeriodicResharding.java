package io.witan.scheduler.policy;

import io.witan.scheduler.placement.HeterogeneousSharding;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;

/**
 * Another policy's copies, and Hecate's Algorithm 2 for the owners after every so many steps.
 *
 * @param copies decides where experts are copied
 * @param interval steps between changes of owners, at least 1
 * @param overlapDegree t of every layer, as materialisation uses it
 */
public record PeriodicResharding(PlacementPolicy copies, Topology topology, int interval, int overlapDegree)
        implements PlacementPolicy {
    /** @throws IllegalArgumentException if the interval is below 1 */
    public PeriodicResharding {
        if (interval < 1) {
            throw new IllegalArgumentException("re-sharding every " + interval + " steps, allowed 1 or more");
        }
    }

    @Override
    public StepPlacement place(StepInput input) {
        return copies.place(input);
    }

    @Override
    public int[][] reshard(ReshardInput input) {
        if (input.step() % interval != 0) {
            return input.owners();
        }
        int[] degrees = new int[input.owners().length];
        Arrays.fill(degrees, overlapDegree);
        return HeterogeneousSharding.plan(topology, input.load(), degrees, input.owners());
    }

    @Override
    public boolean looksBack() {
        return copies.looksBack();
    }

    @Override
    public boolean decidesAfterGate() {
        return copies.decidesAfterGate();
    }

    @Override
    public Placement afterGate(int layer, Placement wide, int[][] counts) {
        return copies.afterGate(layer, wide, counts);
    }
}
