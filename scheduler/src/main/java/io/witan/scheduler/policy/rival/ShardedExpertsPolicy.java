package io.witan.scheduler.policy.rival;

import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.placement.ReplicaCounts;
import io.witan.scheduler.placement.ReplicaSpread;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Experts sliced over all ranks ({@code sharded-experts}, LAER-MoE, ASPLOS 2026): no expert has an owner; before a layer every rank
 * puts C whole experts together from the slices. C = ceil(E / R) + an even share of the pool. Two candidates: (queue) one holder on
 * each node if there are slots for that, else one, then one more for the expert of largest load / holders, a whole set of nodes
 * once it is on all of them; (even) the same number for all experts, remainder to the hottest. Holders go to the node with the fewest
 * of that expert, to its least loaded rank. The candidate with smaller 4 T_a2a + 3 T_comp is taken, queue in a tie.
 *
 * <p>A rank receives C b (R - 1) / R for that, hot experts and cold.
 */
public final class ShardedExpertsPolicy implements PlacementPolicy {
    private final PolicySettings settings;
    private final List<LayerTimeModel> models;

    public ShardedExpertsPolicy(PolicySettings settings) {
        this.settings = settings;
        this.models = settings.layers().stream()
                .map(cost -> LayerTimeModel.ofSlices(settings.topology(), cost))
                .toList();
    }

    @Override
    public boolean slicesExperts() {
        return true;
    }

    @Override
    public StepPlacement place(StepInput input) {
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < input.owners().size(); l++) {
            wide.add(holders(l, input.predictedLoad()[l]));
        }
        return StepPlacement.keeping(wide);
    }

    private Placement holders(int layer, long[] predicted) {
        long[] load = predicted.clone();
        if (Arrays.stream(load).allMatch(l -> l == 0)) {
            Arrays.fill(load, 1);
        }
        Placement queue = spread(load, queueCounts(load));
        Placement even = spread(load, evenCounts(load));
        return tokensNs(layer, even, load) < tokensNs(layer, queue, load) ? even : queue;
    }

    private long tokensNs(int layer, Placement wide, long[] load) {
        return models.get(layer).expected(wide, load, settings.assignments()).tokensNs();
    }

    private int slotsPerRank(int experts) {
        int ranks = settings.topology().rankCount();
        return Math.min(experts, Math.ceilDiv(experts, ranks) + settings.evenShare());
    }

    private int[] queueCounts(long[] load) {
        Topology topology = settings.topology();
        int slots = topology.rankCount() * slotsPerRank(load.length);
        int nodes = topology.nodeCount();
        int[] start = new int[load.length];
        Arrays.fill(start, (long) nodes * load.length <= slots ? nodes : 1);
        ReplicaCounts counts = new ReplicaCounts(load, start, topology.rankCount());
        counts.growByNodesTo(slots, nodes);
        return counts.counts();
    }

    private int[] evenCounts(long[] load) {
        int ranks = settings.topology().rankCount();
        int slots = ranks * slotsPerRank(load.length);
        int[] counts = new int[load.length];
        Arrays.fill(counts, slots / load.length);
        int[] order = LoadOrder.descending(load);
        for (int i = 0; i < slots % load.length; i++) {
            counts[order[i]]++;
        }
        Arrays.setAll(counts, e -> Math.min(counts[e], ranks));
        return counts;
    }

    /** Every expert gets a holder: counts are at most the slots, and a rank with room lacks an expert that has none yet. */
    private Placement spread(long[] load, int[] counts) {
        Topology topology = settings.topology();
        int[] free = new int[topology.rankCount()];
        Arrays.fill(free, slotsPerRank(load.length));
        return Placement.ofHolders(new ReplicaSpread(topology, load, free).all(counts), topology.rankCount());
    }
}
