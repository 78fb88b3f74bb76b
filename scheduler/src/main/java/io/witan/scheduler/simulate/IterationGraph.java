package io.witan.scheduler.simulate;

import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tasks of one micro-batch, forward and backward, on lanes: compute of each rank, link of each rank inside its node, network card of
 * each node. Forward of a layer: attention beside the gather, gate, late gather, dispatch, experts, combine. Backward is its mirror,
 * with the reduction beside attention, and the gather again where copies were freed. An exchange ends for all ranks at once, as each
 * waits for rows of all.
 */
final class IterationGraph {
    private static final int PARAMETERS = 0;
    private static final int TOKENS = 1;
    /** Parameters travel in pieces, between which tokens go first. */
    private static final int PIECES = 8;

    private static final int BACKWARD = 2;

    private final ClusterModel cluster;
    private final ModelShape model;
    private final TrainingSystem system;
    private final List<LayerWork> layers;
    private final LaneSchedule schedule;
    private final int ranks;
    private final int nodes;
    private final List<Integer> ends = new ArrayList<>();
    private final int[] layerStart;
    private final int[] gathered;
    private final long denseNs;
    private final Breakdown spent = new Breakdown();
    private int now;

    /** Sums over the layers of what the slowest rank or card needs, whatever runs beside it. */
    static final class Breakdown {
        long exchangeNs;
        long expertNs;
        long attentionNs;
        long parameterNs;
    }

    private IterationGraph(ClusterModel cluster, ModelShape model, TrainingSystem system, List<LayerWork> layers) {
        Topology topology = cluster.topology();
        this.cluster = cluster;
        this.model = model;
        this.system = system;
        this.layers = layers;
        this.ranks = topology.rankCount();
        this.nodes = topology.nodeCount();
        this.schedule = new LaneSchedule(2 * ranks + nodes);
        this.layerStart = new int[layers.size()];
        this.gathered = new int[layers.size()];
        double ring = 2.0 * model.denseParameters() * model.valueBytes();
        this.denseNs =
                nodes == 1 ? cluster.intraNs(ring * (ranks - 1) / ranks) : cluster.interNs(ring * (nodes - 1) / nodes);
    }

    /** Result of a micro-batch: when all is over, and what it consisted of. */
    record Result(long ns, Breakdown spent) {}

    static Result run(ClusterModel cluster, ModelShape model, TrainingSystem system, List<LayerWork> layers) {
        IterationGraph graph = new IterationGraph(cluster, model, system, layers);
        graph.now = graph.schedule.join();
        for (int l = 0; l < layers.size(); l++) {
            graph.forward(l);
        }
        int loss = graph.now;
        for (int l = layers.size() - 1; l >= 0; l--) {
            graph.gatherAgain(l, loss);
            graph.backward(l);
        }
        return new Result(graph.schedule.run(), graph.spent);
    }

    private void forward(int l) {
        layerStart[l] = now;
        int from = system.gather() == TrainingSystem.Gather.FROM_PREVIOUS_LAYER && l > 0 ? layerStart[l - 1] : now;
        gathered[l] = parameters(layers.get(l).gather(), from);
        if (system.gather() == TrainingSystem.Gather.BLOCKING) {
            now = gathered[l];
        }
        attention(1);
        now = parameters(layers.get(l).late(), now);
        experts(l, 1);
    }

    private void gatherAgain(int l, int loss) {
        if (layers.get(l).keeps()) {
            return;
        }
        boolean early = system.gather() == TrainingSystem.Gather.FROM_PREVIOUS_LAYER;
        int from = l + 1 < layers.size() ? (early ? layerStart[l + 1] : layerStart[l]) : loss;
        gathered[l] = parameters(layers.get(l).gather().plus(layers.get(l).late()), from);
    }

    private void backward(int l) {
        layerStart[l] = now;
        if (model.recompute() == ModelShape.Recompute.LAYER) {
            attention(1);
            experts(l, 1);
        }
        experts(l, BACKWARD);
        // What hides the next layer's gather is this layer's attention.
        if (l > 0) {
            layerStart[l - 1] = now;
        }
        int reduced = parameters(layers.get(l).reduce(), now);
        ends.add(reduced);
        if (system.reduce() == TrainingSystem.Reduce.BLOCKING) {
            now = reduced;
        }
        attention(BACKWARD);
        denseGradients();
    }

    private void attention(int factor) {
        long ns = factor * cluster.attentionNs(model);
        spent.attentionNs += ns;
        int end = schedule.join();
        for (int rank = 0; rank < ranks; rank++) {
            int task = schedule.task(rank, ns, 0);
            schedule.after(task, now);
            schedule.after(end, task);
        }
        now = end;
    }

    /** Dispatch, experts, combine. */
    private void experts(int l, int factor) {
        DispatchTotals totals = layers.get(l).totals();
        Volume rows = Volume.ofDispatch(totals, model.assignmentBytes());
        exchange(rows);
        int begin = schedule.join();
        schedule.after(begin, now);
        schedule.after(begin, gathered[l]);
        int end = schedule.join();
        long longest = 0;
        for (int rank = 0; rank < ranks; rank++) {
            long ns = factor * cluster.expertNs(model, totals.computed()[rank]);
            longest = Math.max(longest, ns);
            int task = schedule.task(rank, ns, 0);
            schedule.after(task, begin);
            schedule.after(end, task);
        }
        spent.expertNs += longest;
        now = end;
        exchange(rows);
    }

    private void exchange(Volume rows) {
        long longest = 0;
        int start = schedule.delay(cluster.startUpNs());
        schedule.after(start, now);
        int end = schedule.join();
        schedule.after(end, start);
        for (int lane = ranks; lane < 2 * ranks + nodes; lane++) {
            long ns = laneNs(rows, lane);
            longest = Math.max(longest, ns);
            if (ns > 0) {
                int task = schedule.task(lane, ns, TOKENS);
                schedule.after(task, start);
                schedule.after(end, task);
            }
        }
        spent.exchangeNs += longest + cluster.startUpNs();
        now = end;
    }

    private long laneNs(Volume volume, int lane) {
        return lane < 2 * ranks
                ? cluster.intraNs(volume.inside()[lane - ranks])
                : cluster.interNs(volume.network()[lane - 2 * ranks]);
    }

    /** @return a point in time: when all parameters or gradients are there */
    private int parameters(Volume volume, int from) {
        if (volume.isEmpty()) {
            return from;
        }
        int start = schedule.delay(cluster.startUpNs());
        schedule.after(start, from);
        int end = schedule.join();
        schedule.after(end, start);
        long longest = 0;
        for (int lane = ranks; lane < 2 * ranks + nodes; lane++) {
            long ns = laneNs(volume, lane);
            longest = Math.max(longest, ns);
            int before = start;
            for (int piece = 0; piece < PIECES && ns > 0; piece++) {
                int task = schedule.task(lane, ns * (piece + 1) / PIECES - ns * piece / PIECES, PARAMETERS);
                schedule.after(task, before);
                before = task;
            }
            schedule.after(end, before);
        }
        spent.parameterNs += longest + cluster.startUpNs();
        return end;
    }

    /** Gradients of what all ranks have travel beside the backward of the layers before. */
    private void denseGradients() {
        int first = nodes == 1 ? ranks : 2 * ranks;
        for (int lane = first; lane < first + (nodes == 1 ? ranks : nodes); lane++) {
            int task = schedule.task(lane, denseNs, PARAMETERS);
            schedule.after(task, now);
        }
    }

    /** Time of an operation that has the links for itself: its slowest lane, and the start-up. */
    static long aloneNs(ClusterModel cluster, Volume volume) {
        if (volume.isEmpty()) {
            return 0;
        }
        double inside = Arrays.stream(volume.inside()).max().orElse(0);
        double network = Arrays.stream(volume.network()).max().orElse(0);
        return Math.max(cluster.intraNs(inside), cluster.interNs(network)) + cluster.startUpNs();
    }
}
