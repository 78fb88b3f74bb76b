package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every gate, and shared experts, train to the losses of one rank on several, with copies of experts and across a resume on another number of ranks. */
class EveryGateTest {
    private static final int STEPS = 12;
    private static final int SAVED = 6;
    private static final int SEQUENCES = 8;
    private static final int TOKENS = 32;
    private static final int EXPERTS = 6;

    enum Way {
        NOISY("model.gate.logits=noisy") {
            @Override
            void check(long[] load) {
                assertThat(sum(load)).isEqualTo(2L * SEQUENCES * TOKENS);
            }
        },
        COSINE("model.gate.logits=cosine") {
            @Override
            void check(long[] load) {
                assertThat(sum(load)).isEqualTo(2L * SEQUENCES * TOKENS);
            }
        },
        SIGMOID("model.gate.score=sigmoid") {
            @Override
            void check(long[] load) {
                assertThat(sum(load)).isEqualTo(2L * SEQUENCES * TOKENS);
            }
        },
        SWITCH("model.top_k=1", "model.gate_weights=probability", "model.gate.capacity_factor=1.25") {
            @Override
            void check(long[] load) {
                // ceil(1.25 x 32 / 6) of each sequence.
                assertThat(Arrays.stream(load).max().getAsLong()).isLessThanOrEqualTo(SEQUENCES * 7);
                assertThat(sum(load)).isBetween(1L, (long) SEQUENCES * TOKENS);
            }
        },
        BATCH_PRIORITY("model.gate.capacity_factor=0.5", "model.gate.priority=score") {
            @Override
            void check(long[] load) {
                assertThat(Arrays.stream(load).max().getAsLong()).isLessThanOrEqualTo(SEQUENCES * 6);
            }
        },
        NODE_LIMITED("model.gate.groups=3", "model.gate.group_limit=1") {
            @Override
            void check(long[] load) {
                for (int e = 0; e < EXPERTS; e += 2) {
                    assertThat(load[e]).as("both experts of a group").isEqualTo(load[e + 1]);
                }
            }
        },
        BIASED("model.gate.score=sigmoid", "model.gate.bias_rate=0.01", "model.aux_loss=0") {
            @Override
            void check(long[] load) {
                assertThat(sum(load)).isEqualTo(2L * SEQUENCES * TOKENS);
            }
        },
        EXPERT_CHOICE(
                "model.gate.select=expert_choice", "model.gate.capacity_factor=1", "model.gate_weights=probability") {
            @Override
            void check(long[] load) {
                // ceil(2 x 32 / 6) of each sequence.
                assertThat(load).containsOnly(SEQUENCES * 11L);
            }
        },
        SHARED("model.shared_experts=1") {
            @Override
            void check(long[] load) {
                assertThat(sum(load)).isEqualTo(2L * SEQUENCES * TOKENS);
            }
        },
        SOFT("model.gate.select=soft", "model.gate.slots=3") {
            @Override
            void check(long[] load) {
                assertThat(load).containsOnly(SEQUENCES * 3L);
            }
        };

        private final String[] settings;

        Way(String... settings) {
            this.settings = settings;
        }

        abstract void check(long[] load);

        private int choices() {
            return this == SWITCH ? 1 : 2;
        }

        private boolean drops() {
            return this == SWITCH || this == BATCH_PRIORITY || this == SOFT;
        }

        Recipe recipe(String... more) {
            Stream<String> common = Stream.of(
                    "train.steps=" + STEPS,
                    "train.eval_interval=0",
                    "checkpoint.interval=" + SAVED,
                    "checkpoint.vault=false",
                    "parallel.overlap_degree=2",
                    "parallel.memory_capacity=2");
            return SameNumbersTest.recipe(Stream.of(common, Stream.of(settings), Stream.of(more))
                    .flatMap(parts -> parts)
                    .toArray(String[]::new));
        }

        private static long sum(long[] load) {
            return Arrays.stream(load).sum();
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTrainLikeOneRank(Way way, @TempDir Path folder) {
        History alone = TrainedRanks.train(way.recipe("parallel.policy=ep"), Topology.of(1), null);
        assertThat(alone.steps()).hasSize(STEPS);
        assertThat(alone.losses().getLast()).isLessThan(alone.losses().getFirst());
        List<long[]> loads = alone.steps().stream()
                .flatMap(step -> Arrays.stream(step.expertLoad()))
                .toList();
        loads.forEach(way::check);
        assertThat(loads.stream().anyMatch(load -> Way.sum(load) < (long) way.choices() * SEQUENCES * TOKENS))
                .as("assignments are dropped")
                .isEqualTo(way.drops());

        if (way == Way.BIASED) {
            History still = TrainedRanks.train(
                    way.recipe("parallel.policy=ep", "model.gate.bias_rate=0"), Topology.of(1), null);
            assertThat(still.steps().getFirst().expertLoad())
                    .isDeepEqualTo(alone.steps().getFirst().expertLoad());
            assertThat(largest(alone)).as("biases spread loads").isLessThan(largest(still));
        }
        Recipe recipe = way.recipe("parallel.policy=fssdp", "model.recompute=block");
        SameHistory.assertSame(TrainedRanks.train(recipe, Topology.of(2), folder), alone, 0);
        Path middle = folder.resolve("checkpoints").resolve("step-%08d".formatted(SAVED));
        SameHistory.assertSame(TrainedRanks.resume(recipe, Topology.of(2, 1), null, middle), alone, SAVED);
    }

    /** Load of the busiest expert in the last steps. */
    private static long largest(History history) {
        return history.steps().subList(STEPS / 2, STEPS).stream()
                .flatMap(step -> Arrays.stream(step.expertLoad()))
                .mapToLong(load -> Arrays.stream(load).max().getAsLong())
                .sum();
    }
}
