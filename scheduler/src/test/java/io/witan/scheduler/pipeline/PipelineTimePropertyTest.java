package io.witan.scheduler.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.lanes.Contention;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class PipelineTimePropertyTest {
    private static final double ROUNDING = 1e-9;

    @Property(tries = 2000)
    void withEqualCollectivesInsideTheNodeTheCaseThatHoldsIsTheLargestAndTheEventModel(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 16) int degree) {
        Random random = new Random(seed);
        ChunkTimes chunk = Draws.work(random, 1).chunk(degree);
        double gradient = Draws.gradientMs(random);
        double events = PipelineTime.idealMs(chunk, gradient);
        assertThat(PaperCase.largestMs(chunk, gradient)).isCloseTo(events, within(ROUNDING * (1 + events)));
        assertThat(PaperCase.paperMs(chunk, gradient)).isCloseTo(events, within(ROUNDING * (1 + events)));
    }

    @Property(tries = 1000)
    void theRecurrenceIsTheGraphOnLanesThatDoNotDisturbEachOther(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 16) int degree,
            @ForAll @DoubleRange(min = 0.2, max = 5) double ratio) {
        Random random = new Random(seed);
        ChunkTimes chunk = Draws.work(random, ratio).chunk(degree);
        double gradient = Draws.gradientMs(random);
        double events = PipelineTime.idealMs(chunk, gradient);
        assertThat(PipelineTime.graph(chunk, gradient).run(Contention.NONE).makespanMs())
                .isCloseTo(events, within(ROUNDING * (1 + events)));
        assertThat(PipelineTime.ms(chunk, gradient, Contention.uniform(1)))
                .isCloseTo(chunk.serialMs() + gradient, within(ROUNDING * (1 + chunk.serialMs())));
        assertThat(events).isBetween(0.0, chunk.serialMs() + gradient + ROUNDING);
    }

    @Property(tries = 1000)
    void anAllReduceIsFreeUpToTheWindowAndCostsItsExcessBeyond(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 12) int degree,
            @ForAll @DoubleRange(min = 0.2, max = 5) double ratio,
            @ForAll @DoubleRange(max = 30) double gradient) {
        ChunkTimes chunk = Draws.work(new Random(seed), ratio).chunk(degree);
        double without = PipelineTime.idealMs(chunk, 0);
        double window = PipelineTime.windowMs(chunk);
        assertThat(PipelineTime.idealMs(chunk, gradient))
                .isCloseTo(without + Math.max(0, gradient - window), within(ROUNDING * (1 + without)));
    }

    @Property(tries = 500)
    void oneLaneIsNeverFasterThanTwo(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int degree) {
        Random random = new Random(seed);
        ChunkTimes chunk = Draws.work(random, 1).chunk(degree);
        double gradient = Draws.gradientMs(random);
        assertThat(PipelineTime.oneLaneGraph(chunk, gradient)
                        .run(Contention.NONE)
                        .makespanMs())
                .isGreaterThanOrEqualTo(PipelineTime.idealMs(chunk, gradient) - ROUNDING);
    }
}
