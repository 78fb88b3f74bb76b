package io.witan.scheduler.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class GradientPlannerPropertyTest {
    private static final double ROUNDING = 1e-9;
    private static final int UNITS = 6;

    @Property(tries = 200)
    void theGridPlanIsTheBestOfAllOnTheGrid(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int segments) {
        GradientProblem problem = Problems.random(new Random(seed), segments, 400);
        long unit = Math.ceilDiv(Math.ceilDiv(Math.max(1, problem.totalBytes()), UNITS), 16L) * 16;
        GradientPlan plan = GradientPlanner.onGrid(problem, UNITS);
        double best = tryAll(problem, new long[segments], 0, unit);
        assertThat(plan.totalMs()).isCloseTo(best, within(ROUNDING));
    }

    @Property(tries = 200)
    void slicesAreTheWholeBucketInOrderAlignedAndNoneBeforeItsGradientsAreReady(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int segments) {
        GradientProblem problem = Problems.random(new Random(seed), segments, 5000);
        for (GradientPlan plan : new GradientPlan[] {
            GradientPlanner.plan(problem), GradientPlanner.greedy(problem), GradientPlanner.onGrid(problem, 40)
        }) {
            long end = 0;
            int last = -1;
            for (GradientSlice slice : plan.slices()) {
                assertThat(slice.fromByte()).isEqualTo(end);
                assertThat(slice.fromByte() % 16).isZero();
                assertThat(slice.bytes()).isPositive();
                assertThat(slice.segment()).isGreaterThan(last).isLessThanOrEqualTo(segments);
                last = slice.segment();
                end = slice.toByte();
                long ready = problem.segments().stream()
                        .limit(slice.segment() + 1L)
                        .mapToLong(GradientSegment::readyBytes)
                        .sum();
                assertThat(end).isLessThanOrEqualTo(ready);
            }
            assertThat(end).isEqualTo(problem.totalBytes());
            assertThat(plan.exposedMs()).isGreaterThanOrEqualTo(-ROUNDING);
        }
    }

    @Property(tries = 200)
    void greedyCostsNothingButItsRest(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int segments) {
        GradientProblem problem = Problems.random(new Random(seed), segments, 2000);
        GradientPlan greedy = GradientPlanner.greedy(problem);
        long rest = greedy.bytesIn(segments);
        assertThat(greedy.exposedMs()).isCloseTo(problem.allReduce().msIfAny(rest), within(1e-6));
        assertThat(GradientPlanner.plan(problem).totalMs()).isLessThanOrEqualTo(greedy.totalMs());
    }

    /** The grid rounds what a plan sends in a segment down by less than a unit; what that leaves goes at the end. */
    @Property(tries = 25)
    void evolutionIsNotBetterThanTheGridByMoreThanTheGridsStep(
            @ForAll long seed, @ForAll @IntRange(min = 2, max = 8) int segments) {
        GradientProblem problem = Problems.random(new Random(seed), segments, 2000);
        double step = Math.ceilDiv(Math.max(1, problem.totalBytes()), 512L) + 16;
        double rounding = problem.allReduce().ms(segments * step);
        assertThat(GradientPlanner.plan(problem).totalMs())
                .isLessThanOrEqualTo(EvolvedPartition.plan(problem).totalMs() + rounding);
    }

    private static double tryAll(GradientProblem problem, long[] bytes, int segment, long unit) {
        if (segment == bytes.length) {
            return problem.plan(bytes).totalMs();
        }
        long ready = 0;
        for (int i = 0; i <= segment; i++) {
            ready += problem.segments().get(i).readyBytes() - (i < segment ? bytes[i] : 0);
        }
        double best = Double.POSITIVE_INFINITY;
        for (long sent = 0; sent <= ready; sent += unit) {
            bytes[segment] = sent;
            best = Math.min(best, tryAll(problem, bytes, segment + 1, unit));
        }
        bytes[segment] = 0;
        return best;
    }
}
