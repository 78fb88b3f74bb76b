package io.witan.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.Handle;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimelineTest {
    private static List<TraceEvent> events(Timeline timeline) {
        return trace(timeline).events();
    }

    private static RankTrace trace(Timeline timeline) {
        return new RankTrace(0, ClockOffset.NONE, timeline.toBytes());
    }

    private static void step(Timeline timeline, long number, int spans) {
        timeline.beginStep(number);
        for (int i = 0; i < spans; i++) {
            timeline.end(Span.EXPERTS, i, 2, timeline.begin());
        }
        timeline.endStep();
    }

    @Test
    void shouldRecordNothingWhenOff() {
        step(Timeline.OFF, 1, 3);
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            Timeline.OFF.observe(group);
            Timeline.OFF.await(group.lane(0).barrier(), Span.WAIT_TOKENS, 0, 0);
        }
        assertThat(Timeline.OFF.begin()).isZero();
        assertThat(events(Timeline.OFF)).isEmpty();
    }

    @Test
    void shouldKeepWhatASpanIs() {
        Timeline timeline = Timeline.of(TraceSteps.usual());
        timeline.beginStep(7);
        long before = System.nanoTime();
        long begin = timeline.begin();
        timeline.phase(Phase.BACKWARD);
        timeline.end(Span.ATTENTION, 3, Timeline.NONE, begin);
        long after = System.nanoTime();
        timeline.endStep();

        List<TraceEvent> events = events(timeline);
        assertThat(events).hasSize(2);
        TraceEvent attention = events.getFirst();
        assertThat(attention.lane()).isEqualTo(TraceLane.COMPUTE);
        assertThat(attention.span()).isEqualTo(Span.ATTENTION);
        assertThat(attention.name()).isEqualTo("attention");
        assertThat(attention.phase()).isEqualTo(Phase.BACKWARD);
        assertThat(attention.step()).isEqualTo(7);
        assertThat(attention.layer()).isEqualTo(3);
        assertThat(attention.piece()).isEqualTo(Timeline.NONE);
        assertThat(attention.beginNs()).isEqualTo(begin);
        assertThat(attention.endNs() - begin).isBetween(0L, after - before);
        assertThat(events.get(1).span()).isEqualTo(Span.STEP);
        assertThat(events.get(1).beginNs() - begin).isNotPositive();
        assertThat(events.get(1).endNs() - attention.endNs()).isNotNegative();
    }

    @Test
    void shouldRecordNothingBetweenSteps() {
        Timeline timeline = Timeline.of(TraceSteps.usual());
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            timeline.observe(group);
            timeline.end(Span.HEAD, 0, 0, timeline.begin());
            group.lane(0).barrier().await();
            timeline.beginStep(1);
            group.lane(CommunicatorGroup.PARAMETERS).mark(1, 4);
            group.lane(CommunicatorGroup.PARAMETERS).barrier().await();
            timeline.endStep();
            group.lane(0).barrier().await();
            timeline.end(Span.HEAD, 0, 0, timeline.begin());
        }
        List<TraceEvent> events = events(timeline);
        assertThat(events).extracting(TraceEvent::lane).containsExactly(TraceLane.STEPS, TraceLane.PARAMETERS);
        assertThat(events.get(1).name()).isEqualTo("barrier");
        assertThat(events.get(1).layer()).isEqualTo(4);
    }

    @Test
    void shouldKeepTheLastSteps() {
        Timeline timeline = Timeline.of(TraceSteps.usual());
        for (int step = 1; step <= 50; step++) {
            step(timeline, step, step % 3);
        }
        assertThat(events(timeline))
                .filteredOn(event -> event.span() == Span.STEP)
                .extracting(TraceEvent::step)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(31, 50).boxed().toList());
        assertThat(events(timeline)).allMatch(event -> event.step() > 30);
    }

    @Test
    void shouldKeepNamedSteps() {
        Timeline timeline = Timeline.of(TraceSteps.parse("3..4"));
        for (int step = 1; step <= 6; step++) {
            step(timeline, step, 2);
        }
        assertThat(events(timeline)).extracting(TraceEvent::step).containsExactly(3L, 3L, 3L, 4L, 4L, 4L);
    }

    @Test
    void shouldCountWhatItHasNoRoomFor() {
        Timeline timeline = Timeline.of(TraceSteps.usual());
        step(timeline, 1, 140_000);
        assertThat(events(timeline)).hasSize((1 << 17) + 1).last().satisfies(event -> assertThat(event.span())
                .as("the step itself is never left out")
                .isEqualTo(Span.STEP));
        assertThat(trace(timeline).dropped()).isEqualTo(140_000 - (1 << 17));
    }

    @Test
    void shouldShowAWaitOnlyIfThereIsOne() {
        Timeline timeline = Timeline.of(TraceSteps.usual());
        timeline.beginStep(1);
        timeline.await(handle(true), Span.WAIT_TOKENS, 0, 0);
        timeline.await(handle(false), Span.WAIT_COPIES, 5, 1);
        timeline.endStep();
        assertThat(events(timeline)).extracting(TraceEvent::span).containsExactly(Span.WAIT_COPIES, Span.STEP);
        assertThat(events(timeline).getFirst().layer()).isEqualTo(5);
        assertThat(events(timeline).getFirst().piece()).isEqualTo(1);
    }

    private static Handle handle(boolean done) {
        return new Handle() {
            @Override
            public boolean isDone() {
                return done;
            }

            @Override
            public void await() {}
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "3..", "..3", "0..3", "4..3", "a..b", "1...3", "-1..3", "1..99999999999999999999"})
    void shouldRefuseOtherSteps(String text) {
        assertThatThrownBy(() -> TraceSteps.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }
}
