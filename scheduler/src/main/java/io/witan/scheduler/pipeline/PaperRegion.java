package io.witan.scheduler.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/** One conjunction of the paper's predicates: where all limits are 0 or more, the layer takes the objective's time. */
record PaperRegion(PaperCase form, Curve objective, List<Curve> limits) {
    private static final int ROOM = 8;

    /** All eight, in the order of the paper's table. */
    static List<PaperRegion> of(MoeWork work, double gradientMs) {
        Curve allToAll = Curve.chunk(work.allToAll());
        Curve gather = Curve.chunk(work.allGather());
        Curve inside = gather.plus(Curve.chunk(work.reduceScatter()));
        Curve experts = Curve.chunk(work.expert()).timesDegree();
        Curve gradient = Curve.constant(gradientMs);
        Curve before = allToAll.timesDegreeLessOne().times(2);

        Curve q1 = allToAll.minus(gather);
        Curve q2 = experts.minus(before);
        Curve q3 = experts.minus(inside.timesDegreeLessOne());
        Curve q4 = gradient.minus(inside);
        Curve q5 = gradient.minus(experts).plus(before).minus(inside);
        Curve q6 = gradient.minus(inside.timesDegree()).plus(before);

        Curve network = allToAll.timesDegree().times(2).plus(gradient);
        Curve expertBound = allToAll.times(2).plus(inside).plus(experts);
        Curve exchange = allToAll.timesDegree().times(2).plus(inside);
        Curve insideBound = allToAll.times(2).plus(inside.timesDegree());

        List<PaperRegion> regions = new ArrayList<>(ROOM);
        regions.add(new PaperRegion(PaperCase.NETWORK, network, List.of(q1, not(q2), q4)));
        regions.add(new PaperRegion(PaperCase.NETWORK, network, List.of(q1, q2, q5)));
        regions.add(new PaperRegion(PaperCase.NETWORK, network, List.of(not(q1), not(q3), q6)));
        regions.add(new PaperRegion(PaperCase.NETWORK, network, List.of(not(q1), q3, q5)));
        regions.add(new PaperRegion(PaperCase.EXPERTS, expertBound, List.of(q1, q2, not(q5))));
        regions.add(new PaperRegion(PaperCase.EXPERTS, expertBound, List.of(not(q1), q3, not(q5))));
        regions.add(new PaperRegion(PaperCase.ALL_TO_ALL, exchange, List.of(q1, not(q2), not(q4))));
        regions.add(new PaperRegion(PaperCase.INSIDE_NODE, insideBound, List.of(not(q1), not(q3), not(q6))));
        return regions;
    }

    /** Whether a degree lies in the region, or misses it by no more than the slack. */
    boolean holds(double degree, double slack) {
        return limits.stream().allMatch(limit -> limit.at(degree) >= -slack);
    }

    /**
     * The real degree of least time in the region, between 1 and the largest; NaN if there is none. Candidates are both ends, where a limit
     * crosses 0, and where the objective is level: between two of these the region doesn't change and the objective is monotone.
     */
    double optimum(double largest, double slack) {
        double best = Double.NaN;
        for (double candidate : candidates(largest)) {
            boolean possible = candidate >= 1 && candidate <= largest && holds(candidate, slack);
            if (possible && !(objective.at(best) <= objective.at(candidate))) {
                best = candidate;
            }
        }
        return best;
    }

    private double[] candidates(double largest) {
        DoubleStream crossings = limits.stream().flatMapToDouble(limit -> DoubleStream.of(limit.turningPoints()));
        return DoubleStream.concat(
                        DoubleStream.of(1, largest),
                        DoubleStream.concat(crossings, DoubleStream.of(objective.turningPoints())))
                .toArray();
    }

    private static Curve not(Curve limit) {
        return limit.times(-1);
    }
}
