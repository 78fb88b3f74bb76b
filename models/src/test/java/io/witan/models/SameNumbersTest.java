package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.train.NonFiniteException;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The law of same numbers: any ranks and policy train like one rank; the same arrangement repeats bit for bit. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SameNumbersTest {
    private static final double LOSS_PERCENT = 0.01;
    private static final double NORM_PERCENT = 0.1;
    private static final String[] SMALL = {
        "model.d_model=32",
        "model.layers=2",
        "model.heads=2",
        "model.seq_len=32",
        "model.d_ff=48",
        "model.experts=6",
        "train.steps=12",
        "train.global_batch=8",
        "train.warmup_steps=2",
        "train.eval_interval=6",
        "data.documents=200"
    };

    private History alone;

    static Recipe recipe(String... settings) {
        ConfigTree tree = Recipes.load("tiny");
        for (String setting :
                Stream.concat(Stream.of(SMALL), Stream.of(settings)).toList()) {
            tree = tree.set(setting, "--set");
        }
        return Recipes.bind(tree);
    }

    @BeforeAll
    void trainAlone() {
        alone = TrainedRanks.train(recipe(), Topology.singleNode(1), null);
        assertThat(alone.losses().getLast()).isLessThan(alone.losses().getFirst() - 0.3);
    }

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of("ep", Topology.of(2), new String[0]),
                Arguments.of("fssdp", Topology.of(2), new String[0]),
                Arguments.of("ep", Topology.of(4), new String[0]),
                Arguments.of("fssdp", Topology.of(4), new String[0]),
                Arguments.of("fssdp", Topology.of(3), new String[0]),
                Arguments.of("fssdp", Topology.of(2, 2), new String[0]),
                Arguments.of("fssdp", Topology.of(2), new String[] {"model.recompute=block"}),
                Arguments.of("ep", Topology.of(2), new String[] {"parallel.pipeline.forward=3"}),
                Arguments.of("fssdp", Topology.of(2, 2), new String[] {
                    "parallel.pipeline.forward=2", "parallel.pipeline.backward=8", "model.recompute=block"
                }),
                Arguments.of("fssdp", Topology.of(2, 1), new String[] {
                    "parallel.pipeline.forward=4",
                    "parallel.pipeline.backward=1",
                    "parallel.all_to_all=two_level",
                    "model.gate.capacity_factor=8"
                }),
                Arguments.of("ep", Topology.of(2, 2), new String[] {
                    "parallel.pipeline.forward=2", "parallel.all_to_all=leader"
                }),
                Arguments.of("ep", Topology.of(2, 2), new String[] {"parallel.all_to_all=deduplicated"}),
                Arguments.of("fssdp", Topology.of(2, 2), new String[] {
                    "parallel.pipeline.forward=4",
                    "parallel.pipeline.backward=2",
                    "parallel.all_to_all=deduplicated",
                    "model.gate.capacity_factor=8",
                    "model.recompute=block"
                }),
                Arguments.of(
                        "fssdp", Topology.of(2), new String[] {"parallel.overlap_degree=6", "parallel.memory_capacity=6"
                        }));
    }

    /** Rows come to the same places whichever way they take. */
    @ParameterizedTest
    @ValueSource(strings = {"leader", "two_level"})
    void shouldNotDependOnTheWayOfRows(String way) {
        History flat = TrainedRanks.train(recipe(), Topology.of(2, 2), null);
        History other = TrainedRanks.train(recipe("parallel.all_to_all=" + way), Topology.of(2, 2), null);

        assertThat(other.losses()).isEqualTo(flat.losses());
        assertThat(other.norms()).isEqualTo(flat.norms());
        assertThat(exchanged(other)).as("rows take more hops").isGreaterThan(exchanged(flat));
    }

    @Test
    void shouldSendATokenToANodeOnce() {
        String[] ep = {"parallel.policy=ep", "model.top_k=3"};
        String[] merged = {"parallel.policy=ep", "model.top_k=3", "parallel.all_to_all=deduplicated"};
        History flat = TrainedRanks.train(recipe(ep), Topology.of(2, 2), null);
        History once = TrainedRanks.train(recipe(merged), Topology.of(2, 2), null);

        assertSame(once, flat);
        assertThat(crossed(once)).isPositive().isLessThan(crossed(flat) * 4 / 5);
    }

    private static long crossed(History history) {
        return history.steps().stream()
                .mapToLong(step -> step.traffic().betweenNodesBytes())
                .sum();
    }

    private static long exchanged(History history) {
        return history.steps().stream()
                .mapToLong(step -> step.traffic().allToAllBytes())
                .sum();
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainLikeOneRank(String policy, Topology topology, String[] more) {
        String[] settings = Stream.concat(Stream.of("parallel.policy=" + policy), Stream.of(more))
                .toArray(String[]::new);
        History together = TrainedRanks.train(recipe(settings), topology, null);

        assertSame(together, alone);
        long copied = together.steps().stream()
                .mapToLong(step -> step.traffic().sparseAllGatherBytes())
                .sum();
        if (policy.equals("fssdp")) {
            assertThat(copied).as("bytes of materialised experts").isPositive();
        } else {
            assertThat(copied).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 6, 3", "2, 2, 4", "3, 1, 2"})
    void shouldTrainWithRanksThatHaveNoRowOrNoExpert(int rows, int experts, int ranks) {
        String[] settings = {"train.global_batch=" + rows, "model.experts=" + experts, "model.top_k=1"};
        History single = TrainedRanks.train(recipe(settings), Topology.singleNode(1), null);

        assertSame(TrainedRanks.train(recipe(settings), Topology.of(ranks), null), single);
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldHaveTheSameFirstGradients(String policy, Topology topology, String[] more, @TempDir Path folder) {
        String[] settings = Stream.concat(
                        Stream.of("train.stop_after=1", "train.clip_norm=0", "parallel.policy=" + policy),
                        Stream.of(more))
                .toArray(String[]::new);
        Path reference = folder.resolve("reference");
        Path other = folder.resolve("other");
        TrainedRanks.train(recipe("train.stop_after=1", "train.clip_norm=0"), Topology.singleNode(1), reference);
        TrainedRanks.train(recipe(settings), topology, other);

        List<String> same = FirstGradients.assertSame(other, reference, _ -> true);
        assertThat(same).hasSizeGreaterThan(20).anyMatch(name -> name.endsWith("router"));
    }

    @Test
    void shouldSkipNonFiniteStepsAndGiveUp() {
        Recipe hopeless = recipe("train.lr=1e38", "train.warmup_steps=0", "train.nonfinite_limit=3");

        assertThatThrownBy(() -> TrainedRanks.train(hopeless, Topology.of(2), null))
                .isInstanceOf(NonFiniteException.class)
                .hasMessageContaining("3 steps in a row")
                .hasMessageContaining("train.nonfinite_limit");
    }

    @Test
    void shouldRefuseACheckpointOfAnotherModel(@TempDir Path folder) {
        TrainedRanks.train(recipe("train.stop_after=1"), Topology.of(2), folder);
        Recipe wider = recipe("model.d_ff=64");

        assertThatThrownBy(() -> TrainedRanks.resume(wider, Topology.of(2), folder.resolve("new"), folder))
                .hasMessageContaining("model differs")
                .hasMessageContaining("ff=64")
                .hasMessageContaining("ff=48");
    }

    @Test
    void shouldNotDependOnMicroBatches() {
        History cut = TrainedRanks.train(recipe("train.accumulation=2", "model.aux_loss=0"), Topology.of(2), null);
        History whole = TrainedRanks.train(recipe("model.aux_loss=0"), Topology.of(1), null);

        assertSame(cut, whole);
    }

    @Test
    void shouldRecomputeTheSameBits() {
        History kept = TrainedRanks.train(recipe(), Topology.of(2), null);
        History recomputed = TrainedRanks.train(recipe("model.recompute=block"), Topology.of(2), null);

        assertThat(recomputed.losses()).isEqualTo(kept.losses());
        assertThat(recomputed.norms()).isEqualTo(kept.norms());
    }

    @Test
    void shouldRepeatBitForBit() {
        Recipe recipe = recipe();
        History first = TrainedRanks.train(recipe, Topology.of(2), null);
        History second = TrainedRanks.train(recipe, Topology.of(2), null);

        assertThat(second.losses()).isEqualTo(first.losses());
        assertThat(second.norms()).isEqualTo(first.norms());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7, 11})
    void shouldResumeBitForBit(int stop, @TempDir Path folder) {
        Recipe whole = recipe();
        History uninterrupted = TrainedRanks.train(whole, Topology.of(2), null);
        Recipe stopped = recipe("train.stop_after=" + stop);
        TrainedRanks.train(stopped, Topology.of(2), folder);
        History rest = TrainedRanks.resume(whole, Topology.of(2), folder, folder);

        assertThat(rest.losses()).isEqualTo(uninterrupted.losses().subList(stop, 12));
        assertThat(rest.norms()).isEqualTo(uninterrupted.norms().subList(stop, 12));
    }

    @Test
    void shouldResumeOnAnotherNumberOfRanks(@TempDir Path folder) {
        TrainedRanks.train(recipe("train.stop_after=5"), Topology.of(4), folder);
        History rest = TrainedRanks.resume(recipe(), Topology.of(3), folder, folder);

        for (int i = 0; i < rest.losses().size(); i++) {
            assertThat(rest.losses().get(i)).isCloseTo(alone.losses().get(5 + i), withinPercentage(LOSS_PERCENT));
        }
    }

    private static void assertSame(History actual, History expected) {
        assertThat(actual.steps()).hasSameSizeAs(expected.steps());
        for (int i = 0; i < actual.steps().size(); i++) {
            assertThat(actual.losses().get(i))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(expected.losses().get(i), withinPercentage(LOSS_PERCENT));
            assertThat(actual.norms().get(i))
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(expected.norms().get(i), withinPercentage(NORM_PERCENT));
        }
        assertThat(actual.validations().getLast().perToken())
                .isCloseTo(expected.validations().getLast().perToken(), withinPercentage(LOSS_PERCENT));
    }
}
