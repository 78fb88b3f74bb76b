package io.witan.runtime.moe;

import static io.witan.runtime.moe.SmallLayer.CONFIG;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a layer does with rows that take several hops while it computes. */
class AdvancingRowsTest {
    private static final int PIECES = 3;

    /** Rows that go straight, but say that they have not come before they are waited for. */
    private record Watched(RowExchange straight, List<String> events) implements RowExchange {
        @Override
        public Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
            Transit transit = straight.start(from, counts, to, rowBytes);
            String name = "message "
                    + events.stream().filter(event -> event.startsWith("start")).count();
            events.add("start " + name);
            return new Transit() {
                private boolean came;

                @Override
                public void poll() {
                    events.add("poll");
                }

                @Override
                public void advance() {
                    events.add("advance " + name);
                }

                @Override
                public boolean isReady() {
                    return came;
                }

                @Override
                public void await() {
                    came = true;
                    events.add("await " + name);
                    transit.await();
                }
            };
        }
    }

    private record WatchedExperts(ExpertNetwork experts, List<String> events) implements ExpertNetwork {
        @Override
        public Computed forward(
                MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena) {
            events.add("experts");
            Computed computed = experts.forward(x, offsets, weights, y, pass, arena);
            return (given, dy, dx, scratch) -> {
                events.add("experts back");
                WeightGradients gradients = computed.backward(given, dy, dx, scratch);
                return into -> {
                    events.add("weights");
                    gradients.into(into);
                };
            };
        }
    }

    private static List<String> events() {
        return events(true);
    }

    private static List<String> events(boolean defer) {
        return Ranks.run(Topology.of(2), runtime -> {
                    List<String> events = new ArrayList<>();
                    SmallLayer.forwardBackward(
                            runtime,
                            CONFIG,
                            parts -> parts.withExchange(new Watched(parts.exchange(), events))
                                    .withExperts(new WatchedExperts(parts.experts(), events)),
                            (_, x) -> x,
                            layer -> {
                                layer.pipeline(new PipelineDegrees(PIECES, PIECES));
                                layer.deferWeightGradients(defer);
                            });
                    return events;
                })
                .getFirst();
    }

    @Test
    void shouldWaitForNothingButItsRowsBeforeExperts() {
        List<String> events = events();

        List<String> before = events.subList(0, events.indexOf("experts"));
        assertThat(before).contains("start message 2", "await message 0");
        assertThat(before).noneMatch(event -> event.startsWith("advance"));
        assertThat(before).doesNotContain("await message 1", "await message 2");
    }

    /** Rows' gradients leave before those of weights, or after them. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldComputeGradientsOfWeightsWhenTheyAreWanted(boolean defer) {
        List<String> events = events(defer);

        List<String> ofPieces = events.subList(events.indexOf("experts back"), events.size()).stream()
                .filter(event -> event.startsWith("start") || event.startsWith("weights"))
                .toList();
        assertThat(ofPieces).hasSize(2 * PIECES);
        assertThat(ofPieces.getFirst()).startsWith(defer ? "start" : "weights");
        assertThat(ofPieces.getLast()).startsWith(defer ? "weights" : "start");
    }

    @Test
    void shouldSendRowsOnAfterEachGradientOfWeights() {
        List<String> events = events();

        assertThat(events).filteredOn(event -> event.equals("weights")).hasSize(PIECES);
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).equals("weights")) {
                assertThat(events.get(i + 1)).isEqualTo("poll");
            }
        }
    }
}
