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
 * Fills C slots of each rank, as the solvers do that LAER-MoE was measured with (arXiv 2602.11686 and its code, in our words).
 *
 * @param slots C
 * @param solver which one
 * @param exchangeOverForward time of an assignment on the network over that of its forward
 */
record SlotPolicy(Topology topology, int slots, Solver solver, double exchangeOverForward) implements PlacementPolicy {
    private static final int ROUNDS = 10;

    /** Who decides. */
    enum Solver {
        /** Expert parallelism in groups, as FSDP + EP has it: never changes. */
        GROUPS,
        /** FlexMoE as LAER-MoE's authors have it: at most ten rounds of moving a slot a node from the least to the most loaded expert. */
        ROUNDS,
        /** LAER-MoE: a copy a node, then by load per replica, or evenly; the better of both. */
        REPLICAS
    }

    @Override
    public StepPlacement place(StepInput input) {
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < input.owners().size(); l++) {
            long[] load = input.predictedLoad()[l];
            int experts = input.owners().get(l).expertCount();
            SlotPlacement groups = SlotPlacement.groups(topology, experts, slots);
            boolean known = Arrays.stream(load).anyMatch(assignments -> assignments > 0);
            SlotPlacement before = input.previous().isEmpty()
                    ? groups
                    : SlotPlacement.of(topology, input.previous().get(l), slots);
            wide.add((known ? solve(groups, before, load) : groups).toPlacement());
        }
        return StepPlacement.keeping(wide);
    }

    private SlotPlacement solve(SlotPlacement groups, SlotPlacement before, long[] load) {
        return switch (solver) {
            case GROUPS -> groups;
            case ROUNDS -> rounds(before, load);
            case REPLICAS -> {
                SlotPlacement queued = placed(byQueue(load), load);
                SlotPlacement even = placed(evenly(load.length), load);
                yield cost(queued, load) <= cost(even, load) ? queued : even;
            }
        };
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

    /** Slots of each expert in a node: one each, then to the largest load per replica. */
    private int[] byQueue(long[] load) {
        int room = topology.rankCount(0) * slots;
        int[] replicas = new int[load.length];
        Arrays.fill(replicas, 1);
        for (int given = load.length; given < room; given++) {
            int most = 0;
            for (int e = 1; e < load.length; e++) {
                boolean more = replicas[e] < topology.rankCount(0)
                        && (replicas[most] >= topology.rankCount(0)
                                || LoadOrder.compareRatios(load[e], replicas[e], load[most], replicas[most]) > 0);
                most = more ? e : most;
            }
            replicas[most]++;
        }
        return replicas;
    }

    private int[] evenly(int experts) {
        int room = topology.rankCount(0) * slots;
        int[] replicas = new int[experts];
        Arrays.setAll(replicas, e -> room / experts + (e < room % experts ? 1 : 0));
        return replicas;
    }

    /** In every node alike: replicas in descending load per replica, each to the least loaded rank with room that lacks the expert. */
    private SlotPlacement placed(int[] replicas, long[] load) {
        int local = topology.rankCount(0);
        int[][] slot = new int[local][slots];
        int[] used = new int[local];
        double[] rankLoad = new double[local];
        boolean[] done = new boolean[load.length];
        for (int n = 0; n < load.length; n++) {
            int next = -1;
            for (int e = 0; e < load.length; e++) {
                boolean heavier = !done[e]
                        && (next < 0 || LoadOrder.compareRatios(load[e], replicas[e], load[next], replicas[next]) > 0);
                next = heavier ? e : next;
            }
            done[next] = true;
            for (int copy = 0; copy < replicas[next]; copy++) {
                int rank = roomiest(slot, used, rankLoad, next);
                slot[rank][used[rank]++] = next;
                rankLoad[rank] += (double) load[next] / replicas[next];
            }
        }
        int[][] all = new int[topology.rankCount()][];
        Arrays.setAll(all, rank -> slot[topology.localRank(rank)].clone());
        return new SlotPlacement(topology, load.length, all);
    }

    private int roomiest(int[][] slot, int[] used, double[] rankLoad, int expert) {
        int best = -1;
        boolean bestHas = true;
        for (int rank = 0; rank < slot.length; rank++) {
            if (used[rank] < slots) {
                boolean has = contains(Arrays.copyOf(slot[rank], used[rank]), expert);
                boolean better = best < 0 || (bestHas && !has) || (bestHas == has && rankLoad[rank] < rankLoad[best]);
                best = better ? rank : best;
                bestHas = best == rank ? has : bestHas;
            }
        }
        return best;
    }
}
