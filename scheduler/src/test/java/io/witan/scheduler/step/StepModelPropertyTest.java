package io.witan.scheduler.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.gradient.GradientProblem;
import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.gradient.ProfiledBackward;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.pipeline.PipelineTime;
import io.witan.scheduler.step.StepTask.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The whole step against its layers one by one, and against what plans of gradients are chosen by. */
class StepModelPropertyTest {
    private static final double ROUNDING = 1e-8;

    /** A random profile, the chunk of each direction, and the windows of a random plan. */
    private static final class Draw {
        final Random random;
        final int layers;
        final LayerProfile profile;
        final ChunkTimes forward;
        final ChunkTimes backward;
        final List<Long> ready = new ArrayList<>();
        final GradientProblem problem;
        final long[] bytes;

        Draw(long seed, int layers) {
            this.random = new Random(seed);
            this.layers = layers;
            LinearFit none = fit(0, 0);
            LinearFit allReduce = fit(0.2 * random.nextDouble(), 2e-3 * random.nextDouble());
            this.profile = new LayerProfile(
                    List.of(new CollectiveLines(Reach.ALL, none, none, none, allReduce)),
                    3 * random.nextDouble(),
                    none,
                    none,
                    none,
                    random.nextBoolean() ? 0 : random.nextDouble());
            this.forward = chunk(0);
            this.backward = chunk(random.nextBoolean() ? 0 : random.nextDouble());
            for (int group = 0; group <= layers; group++) {
                ready.add(16L * random.nextInt(200));
            }
            this.problem = ProfiledBackward.problem(profile, backward, ready);
            this.bytes = bytes();
        }

        private long[] bytes() {
            long[] bytes = new long[2 * layers + 1];
            long waiting = 0;
            for (int stretch = 0; stretch < 2 * layers; stretch++) {
                waiting += stretch % 2 == 0 ? ready.get(stretch / 2) : 0;
                bytes[stretch] = 16 * random.nextLong(waiting / 16 + 1);
                waiting -= bytes[stretch];
            }
            return bytes;
        }

        private ChunkTimes chunk(double deferredMs) {
            return new ChunkTimes(1 << random.nextInt(4), random.nextDouble(), 0, random.nextDouble(), 0, deferredMs);
        }

        LinearTime allReduce() {
            return profile.collectives().getFirst().allReduce().time();
        }

        Contention contention() {
            return new Contention(0, profile.contention(), profile.contention());
        }

        PredictedStep predict(boolean recompute, GradientTimes gradients) {
            return StepModel.predict(
                    new StepWork(layers, profile.attentionMs(), forward, backward, recompute, contention(), gradients));
        }
    }

    private static LinearFit fit(double alphaMs, double betaMs) {
        return new LinearFit(new LinearTime(alphaMs, betaMs), 1, 0, 6);
    }

    @Property(tries = 200)
    void layersFollowOneAnother(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int layers, @ForAll boolean recompute) {
        Draw draw = new Draw(seed, layers);
        PredictedStep step = draw.predict(recompute, GradientTimes.NONE);
        double attention = draw.profile.attentionMs();
        double forward = attention + PipelineTime.ms(draw.forward, 0, draw.contention());
        double backward = 2 * attention + PipelineTime.ms(draw.backward, 0, draw.contention());

        assertThat(step.forwardMs()).isCloseTo(layers * forward, within(ROUNDING));
        assertThat(step.backwardMs()).isCloseTo(layers * (backward + (recompute ? forward : 0)), within(ROUNDING));
        assertThat(step.moeForwardMs()).isCloseTo(forward - attention, within(ROUNDING));
        assertThat(step.forward().stream().filter(task -> task.kind() == Kind.DISPATCH))
                .hasSize(layers * (int) draw.forward.degree());
        assertThat(step.backward().getFirst().layer()).isEqualTo(layers - 1);
    }

    @Property(tries = 200)
    void plannedGradientsTakeWhatTheirPlanSays(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int layers) {
        Draw draw = new Draw(seed, layers);
        GradientWindows windows = new GradientWindows(
                Arrays.stream(draw.bytes).limit(2L * layers).boxed().toList());
        PredictedStep step = draw.predict(false, GradientTimes.planned(windows, draw.ready, draw.allReduce()));

        assertThat(endMs(step)).isCloseTo(draw.problem.plan(draw.bytes).totalMs(), within(ROUNDING));
    }

    @Property(tries = 200)
    void windowsTakeNoMoreThanWhatWaits(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int layers) {
        Draw draw = new Draw(seed, layers);
        long[] all = new long[2 * layers + 1];
        for (int layer = 0; layer < layers; layer++) {
            all[2 * layer] = draw.ready.get(layer);
        }
        GradientWindows windows = new GradientWindows(Collections.nCopies(2 * layers, 1L << 40));
        PredictedStep step = draw.predict(false, GradientTimes.planned(windows, draw.ready, draw.allReduce()));

        assertThat(endMs(step)).isCloseTo(draw.problem.plan(all).totalMs(), within(ROUNDING));
    }

    @Property(tries = 200)
    void eagerGradientsTakeNoLongerThanOneAfterTheOther(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int layers) {
        Draw draw = new Draw(seed, layers);
        GradientTimes gradients = GradientTimes.eager(draw.ready, draw.allReduce());
        PredictedStep step = draw.predict(false, gradients);
        double serial = gradients.restMs();
        for (double ms : gradients.eagerMs()) {
            serial += ms;
        }
        PredictedStep alone = draw.predict(false, GradientTimes.NONE);

        assertThat(endMs(step)).isBetween(alone.backwardMs() + gradients.restMs() - ROUNDING, Double.MAX_VALUE);
        if (draw.profile.contention() == 0) {
            assertThat(endMs(step)).isLessThanOrEqualTo(alone.backwardMs() + serial + ROUNDING);
        }
        assertThat(step.backward().stream().filter(task -> task.kind() == Kind.GRADIENTS))
                .hasSize((int) draw.ready.stream().filter(bytes -> bytes > 0).count());
    }

    private static double endMs(PredictedStep step) {
        return step.backward().stream().mapToDouble(StepTask::endMs).max().orElseThrow();
    }
}
