package io.witan.launcher.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.trace.LayerTimes;
import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.StepTrace;
import io.witan.runtime.trace.TraceEvent;
import io.witan.runtime.trace.TraceLane;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class StepTimelineTest {
    private static final long MS = 1_000_000;

    @BeforeAll
    static void withoutADisplay() {
        System.setProperty("java.awt.headless", "true");
    }

    private static TraceEvent event(TraceLane lane, Span span, String name, Phase phase, long begin, long end) {
        return new TraceEvent(lane, span, name, phase, 9, 0, -1, begin * MS, begin * MS, end * MS, 0);
    }

    private static TraceEvent compute(Span span, Phase phase, long begin, long end) {
        return event(TraceLane.COMPUTE, span, span.label(), phase, begin, end);
    }

    /** Computes all the time, first half forward; exchanges tokens in the last quarter. */
    private static StepTrace step(int ranks) {
        return step(ranks, List.of(), Optional.empty());
    }

    /** Beside a model by which exchanges take 10 ms and the first half is all there is. */
    private static StepTrace predicted(int ranks) {
        return step(
                ranks,
                List.of(
                        compute(Span.EXPERTS, Phase.FORWARD, 100, 150),
                        event(TraceLane.TOKENS, Span.OPERATION, "allToAllV", Phase.FORWARD, 150, 160)),
                Optional.of(new LayerTimes(10, 0, 50)));
    }

    private static StepTrace step(int ranks, List<TraceEvent> predicted, Optional<LayerTimes> times) {
        Map<Integer, List<TraceEvent>> events = new TreeMap<>();
        Map<Integer, String> names = new TreeMap<>();
        for (int rank = 0; rank < ranks; rank++) {
            events.put(
                    rank,
                    new ArrayList<>(List.of(
                            event(TraceLane.STEPS, Span.STEP, "step 9", Phase.FORWARD, 100, 200),
                            compute(Span.EXPERTS, Phase.FORWARD, 100, 150),
                            compute(Span.EXPERTS, Phase.BACKWARD, 150, 200),
                            compute(Span.WAIT_COPIES, Phase.BACKWARD, 190, 200),
                            event(TraceLane.TOKENS, Span.OPERATION, "allToAllV", Phase.FORWARD, 175, 200))));
            names.put(rank, "rank " + rank);
        }
        return new StepTrace(9, events, names, predicted, times);
    }

    private static long pixels(BufferedImage image, int colour) {
        long count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xFFFFFF) == colour ? 1 : 0;
            }
        }
        return count;
    }

    private static int colour(TraceEvent event) {
        return SpanColours.of(event).getRGB() & 0xFFFFFF;
    }

    @Test
    void areasAreAsLongAsTimes() {
        BufferedImage image = StepTimeline.draw(step(2), "tiny");
        long forward = pixels(image, colour(compute(Span.EXPERTS, Phase.FORWARD, 0, 1)));
        long backward = pixels(image, colour(compute(Span.EXPERTS, Phase.BACKWARD, 0, 1)));
        long wait = pixels(image, colour(compute(Span.WAIT_COPIES, Phase.BACKWARD, 0, 1)));

        assertThat(forward).isGreaterThan(10_000);
        // 40 of 50 ms are not covered by the wait inside; borders, the legend and numbers are other pixels.
        assertThat((double) backward / forward).isBetween(0.75, 0.85);
        assertThat((double) wait / forward).isBetween(0.17, 0.23);
    }

    /** One scale: what the model has is as large as it would be if it were measured. */
    @Test
    void thePredictedLanesStandAboveTheMeasuredOnes() {
        BufferedImage without = StepTimeline.draw(step(1), "tiny");
        BufferedImage with = StepTimeline.draw(predicted(1), "tiny");
        int experts = colour(compute(Span.EXPERTS, Phase.FORWARD, 0, 1));
        int exchange = colour(event(TraceLane.TOKENS, Span.OPERATION, "allToAllV", Phase.FORWARD, 0, 1));

        assertThat(with.getHeight()).isGreaterThan(without.getHeight() + 80);
        assertThat((double) pixels(with, experts) / pixels(without, experts)).isBetween(1.9, 2.1);
        assertThat((double) pixels(with, exchange) / pixels(without, exchange)).isBetween(1.3, 1.5);
        assertThat(first(with, exchange)).isLessThan(with.getHeight() / 2);
    }

    /** Uppermost row with a colour. */
    private static int first(BufferedImage image, int colour) {
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if ((image.getRGB(x, y) & 0xFFFFFF) == colour) {
                    return y;
                }
            }
        }
        return image.getHeight();
    }

    @Test
    void manyRanksFit() {
        int eight = StepTimeline.draw(step(8), "tiny").getHeight();
        assertThat(StepTimeline.draw(step(64), "tiny").getHeight()).isEqualTo(eight);
        assertThat(StepTimeline.draw(step(1), "tiny").getHeight()).isLessThan(eight);
    }
}
