package io.witan.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.collectives.Handle;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.step.GradientTimes;
import io.witan.scheduler.step.PredictedStep;
import io.witan.scheduler.step.StepModel;
import io.witan.scheduler.step.StepWork;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the timelines of several ranks to a file and back. */
class TraceFileTest {
    private static final Topology TOPOLOGY = Topology.of(2, 1);
    private static final int STEPS = 4;

    @TempDir
    Path folder;

    /** Rank 0's. */
    private static RunTrace recorded() {
        List<Optional<RunTrace>> traces = Ranks.run(TOPOLOGY, runtime -> {
            Timeline timeline = Timeline.of(TraceSteps.parse("2..100"));
            timeline.observe(runtime.group());
            for (int step = 1; step <= STEPS; step++) {
                runStep(runtime, timeline, step);
            }
            return TraceCollector.collect(runtime.tokens(), timeline);
        });
        assertThat(traces.get(1)).isEmpty();
        assertThat(traces.get(2)).isEmpty();
        return traces.getFirst().orElseThrow();
    }

    private static void runStep(RankRuntime runtime, Timeline timeline, int step) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment sum = arena.allocate(40_000, 4);
            timeline.beginStep(step);
            runtime.parameters().mark(step, 1);
            runtime.tokens().mark(step, -1);
            Handle gather = runtime.parameters().allReduce(sum);
            timeline.end(Span.EMBEDDING, Timeline.NONE, Timeline.NONE, timeline.begin());
            long begin = timeline.begin();
            MemorySegment own = arena.allocate(4).fill((byte) runtime.rank());
            timeline.end(Span.EXPERTS, 1, 0, begin);
            timeline.end(Span.HEAD, Timeline.NONE, Timeline.NONE, timeline.begin());
            timeline.phase(Phase.BACKWARD);
            timeline.end(Span.EXPERTS, 1, 1, timeline.begin());
            gather.await();
            runtime.tokens().allGather(own, arena.allocate(4L * runtime.size())).await();
            timeline.endStep();
        }
    }

    @Test
    void shouldHaveEveryEventOfEveryRank() {
        RunTrace trace = recorded();
        assertThat(trace.steps()).containsExactly(2L, 3L, 4L);
        assertThat(trace.ranks()).hasSize(3);
        assertThat(trace.dropped()).isZero();
        for (RankTrace rank : trace.ranks()) {
            List<TraceEvent> events = rank.events();
            assertThat(events).filteredOn(event -> event.span() == Span.EXPERTS).hasSize(2 * 3);
            assertThat(events)
                    .filteredOn(event -> event.lane() == TraceLane.PARAMETERS)
                    .hasSize(3)
                    .allMatch(event -> event.name().equals("allReduce") && event.layer() == 1 && event.sentBytes() > 0);
            assertThat(events)
                    .filteredOn(event -> event.lane() == TraceLane.TOKENS)
                    .hasSize(3)
                    .allMatch(event -> event.name().equals("allGather") && event.layer() == Timeline.NONE);
        }
    }

    @Test
    void shouldWriteWhatPerfettoReads() throws IOException {
        RunTrace trace = recorded();
        Path file = folder.resolve("run.json");
        TraceFile.write(trace, file);
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(file);
        }
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        List<String> threads = new ArrayList<>();
        int events = 0;
        for (JsonNode event : json.get("traceEvents")) {
            if (event.get("ph").asText().equals("M")) {
                if (event.get("name").asText().equals("thread_name")) {
                    threads.add(event.get("pid").asInt() + " "
                            + event.get("args").get("name").asText());
                }
                continue;
            }
            assertThat(event.get("ph").asText()).isEqualTo("X");
            assertThat(event.get("ts").asDouble()).isNotNegative();
            assertThat(event.get("dur").asDouble()).isNotNegative();
            assertThat(event.get("args").get("step").asLong()).isBetween(2L, 4L);
            events++;
        }
        assertThat(threads)
                .hasSize(18)
                .contains("0 compute", "2 tokens", "2 node", "1 parameters", "1 gradients", "0 steps");
        assertThat(events)
                .isEqualTo(trace.ranks().stream()
                        .mapToInt(rank -> rank.events().size())
                        .sum());
        assertThat(json.get("otherData").get("dropped_events").asLong()).isZero();
    }

    @Test
    void shouldReadAStepAsItWas() {
        RunTrace trace = recorded();
        Path file = folder.resolve("run.json");
        TraceFile.write(trace, file);
        StepTrace step = StepTrace.typical(file);

        assertThat(step.names()).containsEntry(0, "rank 0, node 0").containsEntry(2, "rank 2, node 1");
        long origin = 0;
        for (int rank = 0; rank < 3; rank++) {
            List<TraceEvent> written = trace.ranks().get(rank).events().stream()
                    .filter(event -> event.step() == step.step())
                    .toList();
            List<TraceEvent> read = step.ranks().get(rank);
            origin = rank == 0 ? written.getFirst().beginNs() - read.getFirst().beginNs() : origin;
            assertThat(read).hasSameSizeAs(written);
            for (int i = 0; i < read.size(); i++) {
                TraceEvent one = read.get(i);
                TraceEvent other = written.get(i);
                assertThat(one.lane()).isEqualTo(other.lane());
                assertThat(one.span()).isEqualTo(other.span());
                assertThat(one.layer()).isEqualTo(other.layer());
                assertThat(one.piece()).isEqualTo(other.piece());
                assertThat(one.sentBytes()).isEqualTo(other.sentBytes());
                assertThat(one.beginNs() + origin).isCloseTo(other.beginNs(), within(1L));
                assertThat(one.durationNs()).isCloseTo(other.durationNs(), within(1L));
                if (one.lane() == TraceLane.COMPUTE) {
                    assertThat(one.phase()).isEqualTo(other.phase());
                }
            }
        }
    }

    /** Attention takes 1 ms, dispatch and combine 0.5 ms a message forward and 1 ms backward, experts twice as long. */
    private static PredictedStep model() {
        return StepModel.predict(new StepWork(
                2,
                1,
                new ChunkTimes(2, 0.5, 0, 1, 0),
                new ChunkTimes(1, 1, 0, 2, 0),
                false,
                Contention.NONE,
                new GradientTimes(List.of(0.25), List.of(), 0.75)));
    }

    @Test
    void shouldHaveAnEventModelBesideTheRanks() {
        RunTrace trace = recorded();
        Path file = folder.resolve("run.json");
        TraceFile.write(trace, Optional.of(model()), file);
        StepTrace step = StepTrace.typical(file);

        assertThat(step.ranks()).containsOnlyKeys(0, 1, 2);
        assertThat(step.predictedTimes()).contains(new LayerTimes(3, 4, 2 * (1 + 3) + 2 * (2 + 4)));
        List<TraceEvent> forward = step.predicted().stream()
                .filter(event -> event.phase() == Phase.FORWARD)
                .toList();
        assertThat(forward).hasSize(2 * (1 + 2 + 2 + 2));
        assertThat(endNs(forward) - endNs(step, Span.EMBEDDING)).isCloseTo(8_000_000, within(2L));
        List<TraceEvent> backward = step.predicted().stream()
                .filter(event -> event.phase() == Phase.BACKWARD)
                .toList();
        assertThat(backward).hasSize(2 * (1 + 1 + 1 + 1) + 2);
        assertThat(endNs(backward) - Math.max(endNs(forward), endNs(step, Span.HEAD)))
                .isCloseTo(12_750_000, within(2L));
        assertThat(backward)
                .filteredOn(event -> event.lane() == TraceLane.GRADIENTS)
                .hasSize(2);

        Path without = folder.resolve("without.json");
        TraceFile.write(trace, without);
        assertThat(StepTrace.typical(without).predicted()).isEmpty();
        assertThat(StepTrace.typical(without).predictedTimes()).isEmpty();
    }

    private static long endNs(List<TraceEvent> events) {
        return events.stream().mapToLong(TraceEvent::endNs).max().orElseThrow();
    }

    private static long endNs(StepTrace step, Span span) {
        return endNs(step.ranks().get(0).stream()
                .filter(event -> event.span() == span)
                .toList());
    }

    @Test
    void shouldLeaveNothingOfAFileThatCannotBeWritten() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("taken/inside")).getParent();
        RunTrace trace = new RunTrace(Topology.of(1), List.of());
        assertThatThrownBy(() -> TraceFile.write(trace, taken))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("cannot write trace " + taken);
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void shouldRefuseAPlaceWhereNoTraceCanBe() throws IOException {
        Path there = Files.createFile(folder.resolve("there"));
        assertThatThrownBy(() -> TraceFile.requireFree(there))
                .isInstanceOf(TraceException.class)
                .hasMessage("trace file " + there + " exists; name another one");
        Path nowhere = folder.resolve("no/trace.json");
        assertThatThrownBy(() -> TraceFile.requireFree(nowhere))
                .isInstanceOf(TraceException.class)
                .hasMessage("there is no folder for trace file " + nowhere);
        TraceFile.requireFree(folder.resolve("free.json"));
    }

    @Test
    void shouldNameTheFileThatIsNoTrace() throws IOException {
        Path text = Files.writeString(folder.resolve("a"), "no trace");
        Path empty = Files.writeString(folder.resolve("b"), "{\"traceEvents\":[]}");
        Path none = folder.resolve("c");
        for (Path file : List.of(text, empty, none)) {
            assertThatThrownBy(() -> StepTrace.typical(file))
                    .isInstanceOf(TraceException.class)
                    .hasMessageContaining(file.toString());
        }
        RunTrace trace = recorded();
        assertThatThrownBy(() -> TraceFile.write(trace, folder.resolve("no/trace")))
                .isInstanceOf(TraceException.class)
                .hasMessageContaining("cannot write trace");
    }
}
