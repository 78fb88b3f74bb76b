package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.RankTrace;
import io.witan.runtime.trace.RunTrace;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.TraceEvent;
import io.witan.runtime.trace.TraceLane;
import io.witan.runtime.trace.TraceSteps;
import io.witan.runtime.trace.overlap.OverlapReport;
import io.witan.runtime.trace.overlap.RankOverlap;
import io.witan.runtime.train.TrainingLoop;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timelines of training runs. */
class TracedTrainingTest {
    private static final int LAYERS = 2;

    /** A run with timelines, as rank 0 sees it. */
    private record Traced(History history, TrainingLoop.Summary summary) {
        RunTrace trace() {
            return summary.trace().orElseThrow();
        }
    }

    private static Traced train(Recipe recipe, Topology topology, TraceSteps steps, int stopAfter) {
        AtomicReference<TrainingLoop.Summary> summary = new AtomicReference<>();
        AtomicInteger asked = new AtomicInteger();
        History history = TrainedRanks.trainTraced(recipe, topology, steps, (run, rank, recorder) -> {
            TrainingLoop.Summary own = run.train(recorder, () -> rank == 0 && asked.incrementAndGet() > stopAfter);
            if (rank == 0) {
                summary.set(own);
            } else {
                assertThat(own.trace()).isEmpty();
            }
        });
        return new Traced(history, summary.get());
    }

    private static List<TraceEvent> spans(RankTrace rank, Span span) {
        return rank.events().stream().filter(event -> event.span() == span).toList();
    }

    private static void assertNested(RankTrace rank) {
        Deque<TraceEvent> open = new ArrayDeque<>();
        rank.events().stream()
                .filter(event -> event.lane() == TraceLane.COMPUTE)
                .sorted(Comparator.comparingLong(TraceEvent::beginNs)
                        .thenComparing(
                                Comparator.comparingLong(TraceEvent::endNs).reversed()))
                .forEach(event -> {
                    while (!open.isEmpty() && open.peek().endNs() <= event.beginNs()) {
                        open.pop();
                    }
                    assertThat(open.isEmpty() || event.endNs() <= open.peek().endNs())
                            .as("%s and %s", open.peek(), event)
                            .isTrue();
                    open.push(event);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "block"})
    void shouldTrainTheSameBitsAndShowEverySpanOfEveryRank(String recompute) {
        Recipe recipe = SameNumbersTest.recipe("model.recompute=" + recompute);
        History plain = TrainedRanks.train(recipe, Topology.of(2, 1), null);
        Traced traced = train(recipe, Topology.of(2, 1), TraceSteps.parse("4..6"), Integer.MAX_VALUE);

        assertThat(traced.history().losses()).isEqualTo(plain.losses());
        assertThat(traced.history().norms()).isEqualTo(plain.norms());
        assertThat(traced.trace().steps()).containsExactly(4L, 5L, 6L);
        int passes = recompute.equals("block") ? 3 : 2;
        for (RankTrace rank : traced.trace().ranks()) {
            assertThat(spans(rank, Span.ATTENTION)).hasSize(3 * LAYERS * passes);
            assertThat(spans(rank, Span.ATTENTION))
                    .extracting(TraceEvent::phase)
                    .contains(Phase.FORWARD, Phase.BACKWARD);
            assertThat(spans(rank, Span.NORM)).hasSize(2 * 3 * LAYERS * passes);
            assertThat(spans(rank, Span.HEAD)).hasSize(3);
            assertThat(spans(rank, Span.EMBEDDING)).hasSize(2 * 3);
            assertThat(spans(rank, Span.OPTIMIZER)).hasSize(3 * 3);
            assertNested(rank);
            List<TraceEvent> steps = spans(rank, Span.STEP);
            assertThat(rank.events()).allMatch(event -> steps.stream()
                    .anyMatch(step -> step.step() == event.step()
                            && step.beginNs() <= event.beginNs()
                            && event.endNs() <= step.endNs()));
            assertThat(spans(rank, Span.OPERATION))
                    .filteredOn(event -> event.name().equals("allToAllV"))
                    .hasSize(3 * LAYERS * (passes * 2))
                    .allMatch(event -> event.lane() == TraceLane.TOKENS && event.layer() >= 0);
            assertThat(spans(rank, Span.OPERATION))
                    .filteredOn(event -> event.name().equals("sparseReduceScatter"))
                    .hasSize(3 * LAYERS)
                    .allMatch(event -> event.lane() == TraceLane.PARAMETERS);
        }
    }

    /** Relays work and wait in spans of their own; hops inside nodes have their lane. */
    @Test
    void shouldShowWhatRelaysDo() {
        Recipe recipe = SameNumbersTest.recipe("parallel.policy=ep", "parallel.all_to_all=deduplicated");
        Traced traced = train(recipe, Topology.of(2, 2), TraceSteps.parse("4..6"), Integer.MAX_VALUE);

        for (RankTrace rank : traced.trace().ranks()) {
            assertNested(rank);
            List<TraceEvent> exchanges = spans(rank, Span.OPERATION).stream()
                    .filter(event -> event.name().equals("allToAllV"))
                    .toList();
            // Dispatch and combine, forward and backward; what goes ahead of dispatch, and gradients of weights.
            assertThat(exchanges)
                    .filteredOn(event -> event.lane() == TraceLane.NODE)
                    .hasSize(3 * LAYERS * 4);
            assertThat(exchanges)
                    .filteredOn(event -> event.lane() == TraceLane.TOKENS)
                    .hasSize(3 * LAYERS * 6);
            assertThat(exchanges).allMatch(event -> event.layer() >= 0);
            assertThat(spans(rank, Span.RELAY)).hasSize(3 * LAYERS * 6);
        }
        assertThat(traced.trace().ranks())
                .as("a rank waits for what goes ahead of dispatch")
                .anyMatch(rank -> spans(rank, Span.SUBMIT).stream()
                        .anyMatch(submit -> spans(rank, Span.WAIT_TOKENS).stream()
                                .anyMatch(
                                        wait -> submit.beginNs() <= wait.beginNs() && wait.endNs() <= submit.endNs())));
    }

    @Test
    void shouldHaveTheLastStepsOfARunThatIsStopped() {
        Traced traced = train(SameNumbersTest.recipe(), Topology.of(2), TraceSteps.usual(), 4);

        assertThat(traced.summary().stopped()).isTrue();
        assertThat(traced.trace().steps()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void shouldHaveNoTraceOfStepsThatDoNotRun() {
        Traced traced = train(SameNumbersTest.recipe(), Topology.of(2), TraceSteps.parse("100..101"), 100);

        assertThat(traced.summary().trace()).isEmpty();
        assertThat(traced.history().steps()).hasSize(12);
    }

    @Test
    void shouldFindWhereAStepGoes() {
        Traced traced = train(SameNumbersTest.recipe(), Topology.of(2), TraceSteps.usual(), 100);
        OverlapReport report = OverlapReport.of(traced.trace());

        assertThat(report.firstStep()).isEqualTo(1);
        assertThat(report.lastStep()).isEqualTo(12);
        for (RankOverlap rank : report.ranks()) {
            assertThat(rank.computeMs()).isPositive();
            assertThat(rank.otherMs()).isNotNegative();
            assertThat(rank.hiddenMs() + rank.exposedMs()).isLessThanOrEqualTo(rank.communicationMs() + 1e-9);
            assertThat(rank.communicationMs()).isLessThanOrEqualTo(rank.stepMs() + 1e-9);
        }
        assertThat(report.mean().stepMs())
                .isCloseTo(
                        (report.ranks().get(0).stepMs() + report.ranks().get(1).stepMs()) / 2, within(1e-9));
    }
}
