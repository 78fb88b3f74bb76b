package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The planner against a simulation of its own, that moves both lanes from event to event with every piece apart. */
class PipelinePlannerPropertyTest {
    private static final Topology RANKS = Topology.of(4);
    private static final long ASSIGNMENTS = 4096;
    private static final long ROW_BYTES = 256;
    private static final int[] POWERS = {1, 2, 4, 8, 16};
    private static final double ROUNDING = 1e-9;

    @Property(tries = 300)
    void shouldChooseAsATrialOfAllPairsDoes(@ForAll long seed, @ForAll boolean deferring) {
        LayerProfile profile = profile(new Random(seed));
        PipelinePlanner planner = planner(profile, deferring);
        double least = Double.POSITIVE_INFINITY;
        for (int forward : POWERS) {
            for (int backward : POWERS) {
                double ms = simulated(profile, deferring, forward, backward);
                assertThat(planner.ms(new PipelineDegrees(forward, backward)))
                        .isCloseTo(ms, within(ROUNDING * (1 + ms)));
                least = Math.min(least, ms);
            }
        }
        PipelineDegrees best = planner.best();
        double without = simulated(profile, deferring, 1, 1);
        double chosen = simulated(profile, deferring, best.forward(), best.backward());
        if (best.equals(PipelineDegrees.SERIAL)) {
            assertThat(least).isGreaterThan((0.98 - ROUNDING) * without);
        } else {
            assertThat(chosen).isCloseTo(least, within(ROUNDING * (1 + least)));
            assertThat(chosen).isLessThan((0.98 + ROUNDING) * without);
        }
    }

    private static PipelinePlanner planner(LayerProfile profile, boolean deferring) {
        return new PipelinePlanner(profile, RANKS, LayerSizes.even(RANKS, ASSIGNMENTS, ROW_BYTES), deferring);
    }

    private static LayerProfile profile(Random random) {
        LinearFit none = fit(0, 0);
        double bytes = 0.75 * ASSIGNMENTS * ROW_BYTES;
        LinearFit allToAll = fit(startUp(random), whole(random) / bytes);
        return new LayerProfile(
                List.of(new CollectiveLines(Reach.ALL, allToAll, none, none, none)),
                0,
                fit(startUp(random), whole(random) / ASSIGNMENTS),
                fit(startUp(random), whole(random) / ASSIGNMENTS),
                fit(startUp(random), whole(random) / ASSIGNMENTS),
                random.nextInt(3) == 0 ? 0 : random.nextDouble());
    }

    private static LinearFit fit(double alphaMs, double betaMs) {
        return new LinearFit(new LinearTime(alphaMs, betaMs), 1, 0, 6);
    }

    private static double startUp(Random random) {
        return random.nextInt(8) == 0 ? 0 : Math.pow(10, -3 + 3 * random.nextDouble());
    }

    private static double whole(Random random) {
        return random.nextInt(20) == 0 ? 0 : Math.pow(10, -1 + 3 * random.nextDouble());
    }

    private static double simulated(LayerProfile profile, boolean deferring, int forward, int backward) {
        int pieces = Math.max(forward, backward);
        LinearTime rows = profile.expertBackward().time();
        LinearTime weights = profile.expertWeights().time();
        LinearTime before =
                deferring ? rows : new LinearTime(rows.alphaMs() + weights.alphaMs(), rows.betaMs() + weights.betaMs());
        return simulated(profile, profile.expertForward().time(), LinearTime.ZERO, forward, pieces)
                + simulated(profile, before, deferring ? weights : LinearTime.ZERO, backward, pieces);
    }

    /** Pieces of a message are computed together, and so are gradients of weights, where the next message is not there. */
    private static double simulated(
            LayerProfile profile, LinearTime expert, LinearTime weights, int messages, int pieces) {
        double bytes = 3.0 * ASSIGNMENTS * ROW_BYTES / 4;
        double messageMs = profile.collectives().getFirst().allToAll().time().ms(bytes / messages);
        double rowsMs = pieces / messages * expert.ms((double) ASSIGNMENTS / pieces);
        double weightsMs = pieces / messages * weights.ms((double) ASSIGNMENTS / pieces);
        int sent = 0;
        int computed = 0;
        int weighted = weightsMs == 0 ? messages : 0;
        double sendLeft = messageMs;
        double computeLeft = 0;
        boolean computes = false;
        boolean ofWeights = false;
        double now = 0;
        while (sent < 2 * messages || weighted < messages || computes) {
            boolean sends = sent < 2 * messages && (sent < messages || computed >= sent - messages + 1);
            if (!computes) {
                boolean isRowsTurn = computed < messages && sent > computed;
                ofWeights = !isRowsTurn && weighted < computed;
                computes = isRowsTurn || ofWeights;
                computeLeft = ofWeights ? weightsMs : rowsMs;
            }
            double slower = sends && computes ? 1 + profile.contention() : 1;
            double step = Math.min(
                    sends ? sendLeft * slower : Double.POSITIVE_INFINITY,
                    computes ? computeLeft * slower : Double.POSITIVE_INFINITY);
            boolean sendEnds = sends && sendLeft * slower <= step * (1 + 1e-13);
            boolean computeEnds = computes && computeLeft * slower <= step * (1 + 1e-13);
            now += step;
            sendLeft = sendEnds ? messageMs : sends ? sendLeft - step / slower : sendLeft;
            computeLeft -= step / slower;
            sent += sendEnds ? 1 : 0;
            computed += computeEnds && !ofWeights ? 1 : 0;
            weighted += computeEnds && ofWeights ? 1 : 0;
            computes = computes && !computeEnds;
        }
        return now;
    }
}
