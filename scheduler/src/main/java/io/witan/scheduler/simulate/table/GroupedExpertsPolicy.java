package io.witan.scheduler.simulate.table;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Expert parallelism in groups of E / C ranks, as FSDP + EP has it: rank r holds the C experts from (r mod (E / C)) x C on, in every
 * step.
 *
 * @param slots C
 */
record GroupedExpertsPolicy(Topology topology, int slots) implements PlacementPolicy {
    @Override
    public boolean slicesExperts() {
        return true;
    }

    @Override
    public StepPlacement place(StepInput input) {
        Placement groups = groups(input.owners().getFirst().expertCount());
        return StepPlacement.keeping(Collections.nCopies(input.owners().size(), groups));
    }

    private Placement groups(int experts) {
        List<List<Integer>> holders = new ArrayList<>();
        for (int e = 0; e < experts; e++) {
            holders.add(new ArrayList<>());
        }
        int group = experts / slots;
        for (int rank = 0; rank < topology.rankCount(); rank++) {
            for (int i = 0; i < slots; i++) {
                holders.get(rank % group * slots + i).add(rank);
            }
        }
        int[][] rows = holders.stream()
                .map(ranks -> ranks.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new);
        return Placement.ofHolders(rows, topology.rankCount());
    }
}
