package io.witan.scheduler.simulate.table;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * FlexMoE as LAER-MoE's authors have it in their solver (arXiv 2602.11686 and its code, in our words): at most ten rounds, in each of
 * which every node gives a slot of the expert of least load a replica to that of most, if the former has another one there; a round
 * stands if the cost of the layer or the busiest over the least busy rank falls. Training's {@code replicate} has owners that keep
 * their experts, which these measurements did not have.
 *
 * @param slots C of each rank
 * @param exchangeOverForward time of an assignment on the network over that of its forward
 */
record SlotRoundsPolicy(Topology topology, int slots, double exchangeOverForward) implements PlacementPolicy {
    private static final int ROUNDS = 10;

    @Override
    public boolean slicesExperts() {
        return true;
    }

    @Override
    public StepPlacement place(StepInput input) {
        if (input.previous().isEmpty()) {
            return new GroupedExpertsPolicy(topology, slots).place(input);
        }
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < input.owners().size(); l++) {
            SlotPlacement before = SlotPlacement.of(topology, input.previous().get(l), slots);
            wide.add(rounds(before, input.predictedLoad()[l]).toPlacement());
        }
        return StepPlacement.keeping(wide);
    }

    /** 4 exchanges + 3 forwards, in forwards of an assignment. */
    private double cost(SlotPlacement placement, long[] load) {
        int[][] onNode = new int[topology.nodeCount()][];
        Arrays.setAll(onNode, placement::replicas);
        double foreign = Arrays.stream(placement.foreign(load, onNode)).sum() / topology.nodeCount();
        double most = Arrays.stream(placement.computed(load)).max().orElse(0);
        return 4 * foreign * exchangeOverForward + 3 * most;
    }

    private SlotPlacement rounds(SlotPlacement before, long[] load) {
        SlotPlacement best = before;
        for (int round = 0; round < ROUNDS; round++) {
            SlotPlacement tried = best.copy();
            for (int node = 0; node < topology.nodeCount(); node++) {
                moveSlot(tried, node, load);
            }
            boolean cheaper = cost(tried, load) < cost(best, load);
            if (!cheaper && ratio(tried, load) >= ratio(best, load)) {
                break;
            }
            best = tried;
        }
        return best;
    }

    private static double ratio(SlotPlacement placement, long[] load) {
        double[] computed = placement.computed(load);
        return Arrays.stream(computed).max().orElse(1)
                / Math.max(1, Arrays.stream(computed).min().orElse(1));
    }

    /** In a node, a slot of the expert of least load per replica, which has another one, goes to that of most. */
    private void moveSlot(SlotPlacement placement, int node, long[] load) {
        int[] replicas = placement.replicas(node);
        int most = -1;
        int least = -1;
        for (int e = 0; e < load.length; e++) {
            boolean heavier = replicas[e] > 0
                    && (most < 0 || LoadOrder.compareRatios(load[e], replicas[e], load[most], replicas[most]) > 0);
            boolean lighter = replicas[e] > 1
                    && (least < 0 || LoadOrder.compareRatios(load[e], replicas[e], load[least], replicas[least]) < 0);
            most = heavier ? e : most;
            least = lighter ? e : least;
        }
        if (least < 0 || most == least) {
            return;
        }
        int first = topology.firstRank(node);
        int target = -1;
        int at = -1;
        for (int rank = first; rank < first + topology.rankCount(node); rank++) {
            int[] slot = placement.slots()[rank];
            for (int i = 0; i < slot.length; i++) {
                boolean better = target < 0 || (contains(placement.slots()[target], most) && !contains(slot, most));
                if (slot[i] == least && better) {
                    target = rank;
                    at = i;
                }
            }
        }
        placement.slots()[target][at] = most;
    }

    private static boolean contains(int[] slot, int expert) {
        return Arrays.stream(slot).anyMatch(e -> e == expert);
    }
}
