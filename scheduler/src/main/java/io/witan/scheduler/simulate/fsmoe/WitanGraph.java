package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.pipeline.MoeWork;

/** The tasks of {@link WitanSchedule}, from one layer's scores and values to the next one's. */
final class WitanGraph {
    /** Of tasks that could start, those that most others wait for come first. */
    private static final int ARRIVE = 100;

    private static final int GRADIENT = 150;
    private static final int LEAVE = 200;
    private static final int AFTER = 300;
    private static final int WEIGHTS = 2000;

    private final LaneGraph graph = new LaneGraph();
    private final LayerTimes times;
    private final int degree;
    private final int pieces;

    private WitanGraph(LayerTimes times, int degree, int pieces) {
        this.times = times;
        this.degree = degree;
        this.pieces = pieces;
    }

    /**
     * @param degree chunks of the experts' layer
     * @param pieces of the layer, a divisor of the degree
     * @param weightsLater share of products that wait for gaps: 0, or the half that makes gradients of weights
     * @param gradientUnits all-reduced at the start, after dispatch, after combine
     */
    record Choice(int degree, int pieces, double weightsLater, double[] gradientUnits) {}

    /** Scores and values, then by piece: projection, scatter, gate and orders, chunks of experts, gather, projection. */
    static LaneGraph forward(LayerTimes times, int degree, int pieces) {
        WitanGraph builder = new WitanGraph(times, degree, pieces);
        LayerTimes.Attention attention = times.attention();
        int core = builder.graph.add(Lane.COMPUTE, attention.fixedMs() + attention.coreMs(), 0);
        int[] ordered = new int[pieces];
        for (int piece = 0; piece < pieces; piece++) {
            int out = builder.product(builder.pieceMs(attention.lastMs(), piece), 0, piece, core);
            int scattered = builder.collective(times.scatter(), piece, out);
            ordered[piece] = builder.order(piece, scattered);
        }
        int[] combines = builder.experts(ordered, 0);
        for (int piece = 0; piece < pieces; piece++) {
            int gathered = builder.collective(times.gather(), AFTER + piece, builder.lastOf(piece, combines));
            builder.product(builder.pieceMs(attention.firstMs(), piece), 0, AFTER + piece, gathered);
        }
        return builder.graph;
    }

    /** The mirror: scores and values, then by piece: projection, scatter, chunks of experts, gate and orders, gather, projection. */
    static LaneGraph backward(LayerTimes times, Choice choice) {
        WitanGraph builder = new WitanGraph(times, choice.degree(), choice.pieces());
        LayerTimes.Attention attention = times.attention();
        double later = choice.weightsLater();
        int core = builder.graph.add(Lane.COMPUTE, attention.fixedMs() + attention.coreMs(), 0);
        builder.gradient(choice.gradientUnits()[0]);
        int[] scattered = new int[choice.pieces()];
        for (int piece = 0; piece < choice.pieces(); piece++) {
            int out = builder.product(builder.pieceMs(attention.lastMs(), piece), later, piece, core);
            scattered[piece] = builder.collective(times.scatter(), piece, out);
        }
        int firstChunk = builder.graph.size();
        int[] combines = builder.experts(scattered, later);
        builder.gradient(choice.gradientUnits()[1], firstChunk + choice.degree() - 1);
        builder.gradient(choice.gradientUnits()[2], combines);
        for (int piece = 0; piece < choice.pieces(); piece++) {
            int ordered = builder.order(AFTER + piece, builder.lastOf(piece, combines));
            int gathered = builder.collective(times.gather(), AFTER + piece, ordered);
            builder.product(builder.pieceMs(attention.firstMs(), piece), later, AFTER + piece, gathered);
        }
        return builder.graph;
    }

    /** Dispatches are the first tasks that it adds; returns the combines. */
    private int[] experts(int[] ready, double later) {
        ChunkTimes chunk = times.moe().chunk(degree);
        int[] dispatches = new int[degree];
        int[] combines = new int[degree];
        for (int i = 0; i < degree; i++) {
            dispatches[i] = graph.add(Lane.INTER_NODE, chunk.allToAllMs(), ARRIVE + i, ready[i * pieces / degree]);
        }
        for (int i = 0; i < degree; i++) {
            int gather = graph.add(Lane.INTRA_NODE, chunk.allGatherMs(), ARRIVE + i, dispatches[i]);
            int expert = graph.add(Lane.COMPUTE, chunk.expertMs() * (1 - later), ARRIVE + i, gather);
            weights(chunk.expertMs() * later, expert);
            int scatter = graph.add(Lane.INTRA_NODE, chunk.reduceScatterMs(), LEAVE + i, expert);
            combines[i] = graph.add(Lane.INTER_NODE, chunk.allToAllMs(), LEAVE + i, scatter);
        }
        return combines;
    }

    private void gradient(double units, int... after) {
        if (units > 0) {
            graph.add(Lane.INTER_NODE, times.gradient().allReduce().ms(units), GRADIENT, after);
        }
    }

    private int product(double ms, double later, int rank, int after) {
        int task = graph.add(Lane.COMPUTE, ms * (1 - later), rank, after);
        weights(ms * later, task);
        return task;
    }

    /** The first piece's start-up is in the attention's. */
    private double pieceMs(double wholeMs, int piece) {
        return wholeMs / pieces + (piece == 0 ? 0 : times.attention().gemmStartUpMs());
    }

    private int collective(MoeWork.Part part, int rank, int after) {
        return graph.add(Lane.INTRA_NODE, part.time().ms(part.size() / pieces), rank, after);
    }

    private int order(int rank, int after) {
        return graph.add(Lane.COMPUTE, times.order().ms(times.orderElements() / pieces), rank, after);
    }

    private void weights(double ms, int after) {
        if (ms > 0) {
            graph.add(Lane.COMPUTE, ms, WEIGHTS, after);
        }
    }

    private int lastOf(int piece, int[] combines) {
        return combines[(piece + 1) * degree / pieces - 1];
    }
}
