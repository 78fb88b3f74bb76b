package io.witan.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Steps drawn by hand, times in ms. */
class LayerTimesTest {
    private static final long MS = 1_000_000;

    private final List<TraceEvent> events = new ArrayList<>();

    private void span(Span span, Phase phase, int layer, long begin, long end) {
        TraceLane lane = span == Span.STEP ? TraceLane.STEPS : TraceLane.COMPUTE;
        events.add(new TraceEvent(
                lane, span, span.label(), phase, 1, layer, Timeline.NONE, begin * MS, begin * MS, end * MS, 0));
    }

    private void forward(int layer, Phase phase, long order, long travel, long back) {
        span(Span.ORDER, phase, layer, order, travel);
        span(Span.EXPERTS, phase, layer, travel + 1, back - 1);
        span(Span.I_ORDER, phase, layer, back, back + 1);
    }

    private void backward(int layer, long order, long travel, long back) {
        span(Span.I_ORDER, Phase.BACKWARD, layer, order, travel);
        span(Span.EXPERTS, Phase.BACKWARD, layer, travel + 1, back - 1);
        span(Span.ORDER, Phase.BACKWARD, layer, back, back + 1);
    }

    private LayerTimes measured() {
        Collections.shuffle(events, new Random(3));
        return LayerTimes.measured(events);
    }

    @Test
    void shouldCountFromLayingOutRowsToWhenTheyAreBack() {
        span(Span.STEP, Phase.UPDATE, Timeline.NONE, 0, 100);
        span(Span.EMBEDDING, Phase.FORWARD, Timeline.NONE, 1, 2);
        forward(0, Phase.FORWARD, 4, 5, 15);
        forward(1, Phase.FORWARD, 20, 22, 42);
        span(Span.HEAD, Phase.FORWARD, Timeline.NONE, 45, 50);
        backward(1, 50, 51, 61);
        backward(0, 65, 66, 86);
        span(Span.EMBEDDING, Phase.BACKWARD, Timeline.NONE, 90, 92);

        assertThat(measured()).isEqualTo(new LayerTimes(15, 15, 43 + 40));
    }

    @Test
    void shouldTakeTheMeanOfPassesAndAddUpMicroBatches() {
        for (long at : new long[] {0, 200}) {
            span(Span.STEP, Phase.UPDATE, Timeline.NONE, at, at + 150);
            for (long micro : new long[] {at, at + 60}) {
                span(Span.EMBEDDING, Phase.FORWARD, Timeline.NONE, micro, micro + 1);
                forward(0, Phase.FORWARD, micro + 1, micro + 2, micro + 8);
                span(Span.HEAD, Phase.FORWARD, Timeline.NONE, micro + 11, micro + 20);
                forward(0, Phase.RECOMPUTE, micro + 21, micro + 22, micro + 24);
                backward(0, micro + 30, micro + 31, micro + 40);
                span(Span.EMBEDDING, Phase.BACKWARD, Timeline.NONE, micro + 50, micro + 51);
            }
        }

        assertThat(measured()).isEqualTo(new LayerTimes(4, 9, 2 * (10 + 30)));
    }

    @Test
    void shouldKnowNothingOfNoSteps() {
        assertThat(measured()).isEqualTo(new LayerTimes(0, 0, 0));
    }
}
