package io.witan.runtime.trace.overlap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.trace.LayerTimes;
import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.TraceEvent;
import io.witan.runtime.trace.TraceLane;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Schedules drawn by hand, times in ms. */
class OverlapReportTest {
    private static final double EXACT = 1e-9;

    private final List<TraceEvent> events = new ArrayList<>();

    private void span(Span span, double begin, double end) {
        add(span == Span.STEP ? TraceLane.STEPS : TraceLane.COMPUTE, span, begin, end);
    }

    private void operation(TraceLane lane, double begin, double end) {
        add(lane, Span.OPERATION, begin, end);
    }

    private void add(TraceLane lane, Span span, double begin, double end) {
        long beginNs = Math.round(begin * 1e6);
        events.add(
                new TraceEvent(lane, span, "any", Phase.FORWARD, 1, 0, 0, beginNs, beginNs, Math.round(end * 1e6), 0));
    }

    private RankOverlap report() {
        Collections.shuffle(events, new Random(5));
        return OverlapReport.of(0, events);
    }

    /**
     * <pre>
     * compute     plan 0-1 | attention 1-4 | wait tokens 4-6 | experts 6-9 | wait copies 9-10 | nothing 10-12
     * tokens                       allToAll 3-6
     * parameters       gather 2-5            gather 7-10, and one that nobody sees 11-12
     * </pre>
     */
    @Test
    void shouldKnowWhatWasHiddenAndWhatWasWaitedFor() {
        span(Span.STEP, 0, 12);
        span(Span.PLAN, 0, 1);
        span(Span.ATTENTION, 1, 4);
        span(Span.WAIT_TOKENS, 4, 6);
        span(Span.EXPERTS, 6, 9);
        span(Span.WAIT_COPIES, 9, 10);
        operation(TraceLane.TOKENS, 3, 6);
        operation(TraceLane.PARAMETERS, 2, 5);
        operation(TraceLane.PARAMETERS, 7, 10);
        operation(TraceLane.PARAMETERS, 11, 12);

        RankOverlap report = report();
        assertThat(report.stepMs()).isCloseTo(12, within(EXACT));
        assertThat(report.computeMs()).isCloseTo(6, within(EXACT));
        assertThat(report.hostMs()).isCloseTo(1, within(EXACT));
        assertThat(report.waitTokensMs()).isCloseTo(2, within(EXACT));
        assertThat(report.waitCopiesMs()).isCloseTo(1, within(EXACT));
        assertThat(report.waitGradientsMs()).isZero();
        assertThat(report.otherMs()).isCloseTo(2, within(EXACT));
        // Some lane was busy in 2-6, 7-10 and 11-12; computing went on in 2-4 and 7-9, waiting in 4-6 and 9-10.
        assertThat(report.communicationMs()).isCloseTo(8, within(EXACT));
        assertThat(report.hiddenMs()).isCloseTo(4, within(EXACT));
        assertThat(report.exposedMs()).isCloseTo(3, within(EXACT));
        assertThat(report.lanes().get("tokens")).isEqualTo(new RankOverlap.LaneOverlap(3, 1, 2));
        assertThat(report.lanes().get("parameters")).isEqualTo(new RankOverlap.LaneOverlap(7, 4, 2));
        assertThat(report.lanes().get("gradients")).isEqualTo(new RankOverlap.LaneOverlap(0, 0, 0));
    }

    @Test
    void shouldDivideByTheNumberOfSteps() {
        span(Span.STEP, 0, 10);
        span(Span.ATTENTION, 0, 4);
        operation(TraceLane.TOKENS, 2, 8);
        span(Span.WAIT_TOKENS, 4, 8);
        span(Span.STEP, 20, 24);
        span(Span.OPTIMIZER, 20, 22);
        span(Span.WAIT_GRADIENTS, 22, 24);

        RankOverlap report = report();
        assertThat(report.stepMs()).isCloseTo(7, within(EXACT));
        assertThat(report.computeMs()).isCloseTo(3, within(EXACT));
        assertThat(report.waitTokensMs()).isCloseTo(2, within(EXACT));
        assertThat(report.waitGradientsMs()).isCloseTo(1, within(EXACT));
        assertThat(report.otherMs()).isCloseTo(1, within(EXACT));
        assertThat(report.hiddenMs()).isCloseTo(1, within(EXACT));
        assertThat(report.exposedMs()).isCloseTo(2, within(EXACT));
    }

    /** A span that waits inside one that computes: the inner one has the time, wherever it stands, and nothing counts twice. */
    @Test
    void shouldGiveTheTimeToTheInnermostSpan() {
        span(Span.STEP, 0, 10);
        span(Span.EXPERTS, 0, 10);
        span(Span.WAIT_GRADIENTS, 0, 2);
        span(Span.WAIT_COPIES, 4, 7);
        span(Span.SUBMIT, 5, 6);
        span(Span.WAIT_TOKENS, 9, 10);
        operation(TraceLane.GRADIENTS, 0, 10);

        RankOverlap report = report();
        assertThat(report.computeMs()).isCloseTo(4, within(EXACT));
        assertThat(report.hostMs()).isCloseTo(1, within(EXACT));
        assertThat(report.waitGradientsMs()).isCloseTo(2, within(EXACT));
        assertThat(report.waitCopiesMs()).isCloseTo(2, within(EXACT));
        assertThat(report.waitTokensMs()).isCloseTo(1, within(EXACT));
        assertThat(report.otherMs()).isCloseTo(0, within(EXACT));
        assertThat(report.hiddenMs()).isCloseTo(5, within(EXACT));
        assertThat(report.exposedMs()).isCloseTo(5, within(EXACT));
    }

    @Test
    void shouldShowEveryRankAndTheMean() {
        span(Span.STEP, 0, 8);
        span(Span.EXPERTS, 0, 6);
        RankOverlap one = report();
        OverlapReport report = new OverlapReport(3, 4, 0, List.of(one, one), one, null);

        List<String> lines = OverlapTable.lines(report);
        assertThat(lines).hasSize(5);
        assertThat(lines.get(0)).isEqualTo("steps 3 to 4, ms a step");
        assertThat(lines.get(2)).startsWith("rank 0        8.00     6.00     0.00");
        assertThat(lines.get(4)).startsWith("mean          8.00     6.00");
        assertThat(lines.subList(1, 5))
                .extracting(String::length)
                .containsOnly(lines.get(1).length());
    }

    @Test
    void shouldShowTheEventModelBesideWhatWasMeasured() {
        span(Span.STEP, 0, 8);
        RankOverlap one = report();
        ModelComparison comparison = ModelComparison.of(new LayerTimes(2, 4, 20), new LayerTimes(3, 4, 0));
        OverlapReport report = new OverlapReport(3, 4, 0, List.of(one), one, comparison);

        assertThat(comparison.moeForward().ratio()).isEqualTo(1.5);
        assertThat(ModelComparison.of(new LayerTimes(0, 0, 0), new LayerTimes(1, 1, 1))
                        .layers()
                        .ratio())
                .isZero();
        List<String> lines = OverlapTable.lines(report);
        assertThat(lines).hasSize(3 + 4);
        assertThat(lines.get(3)).isEqualTo("event model, ms       predicted   measured    ratio");
        assertThat(lines.get(4)).isEqualTo("MoE layer, forward         2.00       3.00     1.50");
        assertThat(lines.subList(3, 7))
                .extracting(String::length)
                .containsOnly(lines.get(3).length());
    }
}
