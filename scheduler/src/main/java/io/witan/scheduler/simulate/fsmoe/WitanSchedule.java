package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;

/**
 * Our schedule of a layer: all choices below are tried on the lanes as they are, contention included, and the fastest is taken.
 *
 * <ul>
 *   <li>Degree 1 .. 8 in each direction (chunks differ by a row at most).
 *   <li>Tokens cut in 1, 2 or 4 pieces all the way from one layer's attention to the next one's: collectives of the sequence, projections,
 *       gate, orders and experts work on a piece as soon as it is there. Scores and values wait for all pieces, so a layer's time is counted
 *       from there to there. Each further piece costs a start-up of each operation, and the whole of gate and orders' start-up.
 *   <li>In backward, gradients of weights (half of experts' and projections' work) wait for gaps of the compute lane, or not. They end
 *       before the next layer's attention; dense ones travel after that, as late as in the other systems.
 *   <li>The all-reduce in up to three parts: from the start on, after the last dispatch (or whenever the network is free), after the last
 *       combine.
 * </ul>
 *
 * Gate and capacity go by piece, with counts carried on, which changes nothing for k = 1 or where no token is dropped. Where FSMoE's own
 * schedule is faster, it is taken.
 */
final class WitanSchedule implements Schedule {
    private static final int LARGEST_DEGREE = 8;
    private static final int[] PIECES = {1, 2, 4};
    /** Of a product's backward: as many multiply-adds for the gradient of weights as for that of inputs. */
    private static final double WEIGHT_SHARE = 0.5;

    private final LayerTimes forward;
    private final LayerTimes backward;
    private final Contention contention;
    private final Schedule fsmoe;

    WitanSchedule(LayerTimes forward, LayerTimes backward, Contention contention) {
        this.forward = forward;
        this.backward = backward;
        this.contention = contention;
        this.fsmoe = new FsmoeSchedule(MoeSystem.FSMOE, forward, backward, contention);
    }

    @Override
    public double forwardMs() {
        double best = fsmoe.forwardMs();
        for (int degree = 1; degree <= LARGEST_DEGREE; degree++) {
            for (int pieces : PIECES) {
                if (degree % pieces == 0) {
                    best = shorter(WitanGraph.forward(forward, degree, pieces), best);
                }
            }
        }
        return best;
    }

    @Override
    public double backwardMs() {
        return bestBackward(fsmoe.backwardMs(), backward.gradient().units());
    }

    @Override
    public double backwardAloneMs() {
        return bestBackward(fsmoe.backwardAloneMs(), 0);
    }

    /** The last gradients, and what the first layer's start and the last one's end have no neighbour to hide behind. */
    @Override
    public double lastGradientsMs() {
        return fsmoe.lastGradientsMs() + forward.gatherMs() + backward.scatterMs();
    }

    private double bestBackward(double yardstick, double units) {
        double best = yardstick;
        double[][] splits = units == 0 ? new double[][] {{0, 0, 0}} : splits(units);
        for (int degree = 1; degree <= LARGEST_DEGREE; degree++) {
            for (int pieces : PIECES) {
                if (degree % pieces == 0) {
                    best = bestBackward(best, degree, pieces, splits);
                }
            }
        }
        return best;
    }

    private double bestBackward(double soFar, int degree, int pieces, double[][] splits) {
        double best = soFar;
        for (double[] split : splits) {
            for (double later : new double[] {WEIGHT_SHARE, 0}) {
                WitanGraph.Choice choice = new WitanGraph.Choice(degree, pieces, later, split);
                best = shorter(WitanGraph.backward(backward, choice), best);
            }
        }
        return best;
    }

    /** Units of the all-reduce at the start, after dispatch, after combine. */
    private double[][] splits(double units) {
        LayerTimes.Attention attention = backward.attention();
        double start =
                fits(attention.fixedMs() + attention.coreMs() + attention.lastMs() + backward.scatterMs(), units);
        double end = fits(backward.orderMs() + backward.gatherMs() + attention.firstMs(), units);
        double both = Math.min(end, units - start);
        return new double[][] {
            {units, 0, 0},
            {0, units, 0},
            {start, units - start, 0},
            {start, units - start - both, both},
            {0, units - end, end},
            {units - both, 0, both},
            {units / 4, units - units / 4, 0},
            {units / 2, units - units / 2, 0},
        };
    }

    private double fits(double windowMs, double units) {
        return Math.min(units, backward.gradient().allReduce().sizeIn(windowMs));
    }

    private double shorter(LaneGraph graph, double best) {
        for (Lane lane : Lane.values()) {
            if (graph.busyMs(lane) >= best) {
                return best;
            }
        }
        return Math.min(best, graph.run(contention).makespanMs());
    }
}
