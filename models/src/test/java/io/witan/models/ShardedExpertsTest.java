package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.gpt.TokenFlops;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.memory.StepRoom;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.nio.file.Path;
import java.util.Arrays;
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

/** Experts in shards train to the numbers of whole experts, go on where they were saved, and are counted as what they are. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShardedExpertsTest {
    private static final int STEPS = 50;
    private static final double LOSS_PERCENT = 0.01;
    private static final double NORM_PERCENT = 0.1;
    private static final int VOCABULARY = 100;
    private static final String HALVES = "parallel.expert_sharding=2";

    private History whole;

    private static Recipe recipe(String... settings) {
        return SameNumbersTest.recipe(Stream.concat(
                        Stream.of("train.steps=" + STEPS, "train.eval_interval=20", "parallel.policy=ep"),
                        Stream.of(settings))
                .toArray(String[]::new));
    }

    @BeforeAll
    void trainWhole() {
        whole = TrainedRanks.train(recipe(), Topology.of(1), null);
        assertThat(whole.losses().getLast()).isLessThan(whole.losses().getFirst() - 0.3);
    }

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(1), new String[] {HALVES}),
                Arguments.of(Topology.of(2), new String[] {HALVES}),
                Arguments.of(Topology.of(4), new String[] {HALVES}),
                Arguments.of(Topology.of(4), new String[] {"parallel.expert_sharding=4"}),
                Arguments.of(Topology.of(2, 2), new String[] {HALVES, "parallel.policy=fssdp"}),
                Arguments.of(Topology.of(2), new String[] {
                    HALVES, "parallel.policy=fssdp", "parallel.pipeline.forward=2", "model.recompute=block"
                }));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainLikeWholeExperts(Topology topology, String[] settings) {
        History sharded = TrainedRanks.train(recipe(settings), topology, null);

        assertSame(sharded, whole, 0, STEPS);
        for (int i = 0; i < whole.validations().size(); i++) {
            assertThat(sharded.validations().get(i).perToken())
                    .isCloseTo(whole.validations().get(i).perToken(), withinPercentage(LOSS_PERCENT));
        }
    }

    private static void assertSame(History sharded, History whole, int from, int to) {
        assertThat(sharded.steps()).hasSize(to - from);
        for (int i = from; i < to; i++) {
            assertThat(sharded.losses().get(i - from))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(whole.losses().get(i), withinPercentage(LOSS_PERCENT));
            assertThat(sharded.norms().get(i - from))
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(whole.norms().get(i), withinPercentage(NORM_PERCENT));
            StepResult step = sharded.steps().get(i - from);
            StepResult expected = whole.steps().get(i);
            assertThat(step.balanceLoss()).isCloseTo(expected.balanceLoss(), within(1e-4));
            for (int l = 0; l < expected.expertLoad().length; l++) {
                long[] load = expected.expertLoad()[l];
                int sharding = step.expertLoad()[l].length / load.length;
                for (int shard = 0; shard < step.expertLoad()[l].length; shard++) {
                    assertThat(step.expertLoad()[l][shard])
                            .as("load of shard %d", shard)
                            .isCloseTo(load[shard / sharding], within(2L));
                }
            }
        }
    }

    static Stream<String> gates() {
        return Stream.of(
                "model.gate.logits=noisy",
                "model.gate.logits=cosine",
                "model.gate.score=sigmoid model.gate.bias_rate=0.01 model.aux_loss=0",
                "model.gate.capacity_factor=0.5 model.gate.priority=score",
                "model.top_k=1 model.gate_weights=probability model.gate.capacity_factor=1.25",
                "model.gate.select=expert_choice model.gate.capacity_factor=1 model.gate_weights=probability",
                "model.gate.select=soft model.gate.slots=2",
                "model.gate.groups=3 model.gate.group_limit=1",
                "model.shared_experts=1",
                "model.init=replay",
                "routing.force_skew='zipf:1.2'");
    }

    @ParameterizedTest
    @MethodSource("gates")
    void shouldTrainLikeWholeExpertsWithEveryGate(String settings) {
        String[] given = (settings + " train.steps=12 train.eval_interval=0").split(" ");
        String[] halves = Stream.concat(Arrays.stream(given), Stream.of(HALVES)).toArray(String[]::new);

        History expected = TrainedRanks.train(recipe(given), Topology.of(1), null);
        assertSame(TrainedRanks.train(recipe(halves), Topology.of(2), null), expected, 0, 12);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fssdp", "shadow", "exchange", "replicate"})
    void shouldTrainLikeWholeExpertsByEveryPolicyThatMovesExperts(String policy) {
        Recipe halves = recipe(
                HALVES,
                "train.stop_after=12",
                "parallel.policy=" + policy,
                "parallel.reshard_interval=4",
                "parallel.costs.attention_forward_ns=100000",
                "parallel.costs.forward_ps_per_assignment=1000000",
                "parallel.costs.start_up_ns=10000",
                "parallel.costs.intra_node_bytes_per_second=1000000000",
                "parallel.costs.inter_node_bytes_per_second=1000000000");

        assertSame(TrainedRanks.train(halves, Topology.of(4), null), whole, 0, 12);
    }

    /** Shards stay inside a node: what goes between ranks is S times what whole experts would get. */
    @Test
    void shouldBeginWithTheShardsOfAnExpertOnNeighbouringRanks() {
        History halves = TrainedRanks.train(recipe(HALVES, "train.steps=1"), Topology.of(2, 2), null);

        for (Placement layer : halves.steps().getFirst().placements()) {
            for (int shard = 0; shard < layer.expertCount(); shard += 2) {
                assertThat(layer.owner(shard) % 2).isZero();
                assertThat(layer.owner(shard + 1)).isEqualTo(layer.owner(shard) + 1);
            }
        }
    }

    @Test
    void shouldResumeBitForBitAndOnOtherRanks(@TempDir Path folder) {
        History halves = TrainedRanks.train(recipe(HALVES, "train.stop_after=12"), Topology.of(2), null);
        TrainedRanks.train(recipe(HALVES, "train.stop_after=6"), Topology.of(2), folder);
        Path checkpoints = folder.resolve("checkpoints");
        Recipe rest = recipe(HALVES, "train.stop_after=12");

        assertThat(TrainedRanks.resume(rest, Topology.of(2), null, checkpoints).losses())
                .isEqualTo(halves.losses().subList(6, 12));
        for (Topology other : List.of(Topology.of(4), Topology.of(2, 2), Topology.of(1))) {
            assertSame(TrainedRanks.resume(rest, other, null, checkpoints), whole, 6, 12);
        }
        try (TrainedModel model = TrainedModel.open(folder, 1)) {
            assertThat(model.step()).isEqualTo(6);
            assertThat(model.evaluate(rest.openData()).perToken())
                    .isBetween(1.0, whole.losses().getFirst());
        }
    }

    @Test
    void shouldResumeFromTheVault(@TempDir Path folder) {
        String vault = "checkpoint.vault=true";
        TrainedRanks.train(recipe(HALVES, vault, "train.stop_after=5"), Topology.of(2), folder);
        Recipe rest = recipe(HALVES, vault, "train.stop_after=9");

        assertSame(TrainedRanks.resume(rest, Topology.of(2), folder, folder), whole, 5, 9);
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "1, 2", "2, 3"})
    void shouldRefuseToGoOnWithOtherShards(int before, int now, @TempDir Path folder) {
        String degree = "parallel.expert_sharding=";
        TrainedRanks.train(recipe(degree + before, "train.stop_after=1"), Topology.of(1), folder);
        Recipe other = recipe(degree + now);

        assertThatThrownBy(() -> new RunStorage(other, folder.resolve("new"))
                        .requireResumable(
                                Families.of(other), Families.of(other).phases(), folder.resolve("checkpoints")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageEndingWith("parallel.expert_sharding differs: this run has \"" + now
                        + "\", what is saved there \"" + before + "\"")
                .message()
                .doesNotContain("\n");
        assertThatThrownBy(() -> TrainedRanks.resume(other, Topology.of(1), folder.resolve("new"), folder))
                .hasMessageContaining("model differs")
                .hasMessageContaining("parallel.expert_sharding=2");
    }

    @Test
    void shouldReplayLoadsOfShardsAsLoadsOfExperts(@TempDir Path folder) {
        History halves = TrainedRanks.train(recipe(HALVES, "train.steps=2"), Topology.of(2), null);
        try (MetricsLog log = MetricsLog.create(folder.resolve("metrics.jsonl"))) {
            halves.steps().forEach(step -> log.append(new LoadMetrics(step.step(), 4, 2, step.expertLoad())));
        }
        for (String degree : List.of("parallel.expert_sharding=1", HALVES)) {
            double[] inclusion = recipe(degree, "routing.replay_loads='" + folder + "'")
                    .imposedRouting()
                    .orElseThrow()
                    .inclusion(1, 0);
            assertThat(inclusion).hasSize(6);
            for (int e = 0; e < inclusion.length; e++) {
                double share = halves.steps().getFirst().expertLoad()[0][2 * e] / (8 * 32.0);
                assertThat(inclusion[e]).isCloseTo(share, within(1e-9));
            }
        }
    }

    @Test
    void shouldDeclareShardsUnderTheirExpert() {
        List<ParameterSpec> shards = GptMoeTensors.declare(recipe().model(), VOCABULARY, 2).stream()
                .filter(spec -> spec.layer() == 1 && spec.expert() == 7)
                .toList();

        assertThat(shards)
                .extracting(ParameterSpec::name)
                .containsExactly(
                        "layers.1.experts.3.shards.1.w1",
                        "layers.1.experts.3.shards.1.w3",
                        "layers.1.experts.3.shards.1.w2");
        assertThat(shards.getFirst().shape()).containsExactly(24, 32);
        assertThat(shards.getLast().shape()).containsExactly(32, 24);
        assertThat(recipe(HALVES).fingerprint(VOCABULARY))
                .isEqualTo(recipe().fingerprint(VOCABULARY) + " parallel.expert_sharding=2");
    }

    /** As much is multiplied for a token, twice as many rows travel, and a rank holds as many parameters. */
    @Test
    void shouldPlanWorkRowsAndState() {
        Recipe halves = recipe(HALVES);

        assertThat(TokenFlops.of(halves.model(), VOCABULARY)).isEqualTo(TokenFlops.of(recipe().model(), VOCABULARY));
        assertThat(new RankBatch(halves, 2).assignments()).isEqualTo(2 * new RankBatch(recipe(), 2).assignments());
        StepRoom.Batch batch = new RankBatch(halves, 2).even(VOCABULARY);
        assertThat(batch.hidden()).isEqualTo(24);
        assertThat(batch.experts()).isEqualTo(6);
        assertThat(halves.moe().expertLayout().chunkBytes())
                .isEqualTo(recipe().moe().expertLayout().chunkBytes() / 2);
        for (int ranks : new int[] {2, 4}) {
            assertThat(Arrays.stream(halves.owners(ranks))
                            .flatMapToInt(Arrays::stream)
                            .filter(r -> r == ranks - 1))
                    .hasSize(2 * 12 / ranks);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    parallel.expert_sharding=0 | parallel.expert_sharding must be
                    parallel.expert_sharding=5 | parallel.expert_sharding 5 must be 1 or more and divide model.d_ff 256
                    parallel.expert_sharding=2 parallel.policy=sharded_experts | parallel.expert_sharding must be 1, got 2
                    parallel.expert_sharding=64 parallel.device=cuda | got model.d_model 128 and model.d_ff 256 / parallel.expert_sharding 64
                    """)
    void shouldRefuseKeysThatDoNotFit(String settings, String message) {
        ConfigTree tree = Recipes.load("tiny");
        for (String setting : settings.split(" ")) {
            tree = tree.set(setting, "--set");
        }
        ConfigTree given = tree;
        assertThatThrownBy(() -> Recipes.bind(given))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void shouldRefuseNodesThatShardsDoNotFit() {
        Recipe halves = recipe(HALVES);

        halves.requireRanks(Topology.of(4, 2));
        for (Topology odd : List.of(Topology.of(1), Topology.of(3), Topology.of(2, 1), Topology.of(1, 1))) {
            assertThatThrownBy(() -> halves.requireRanks(odd))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("parallel.expert_sharding 2 must divide the ranks of every node, got ")
                    .message()
                    .doesNotContain("\n");
        }
        assertThat(halves.parallel().fits(NamedPolicy.SHARDED_EXPERTS)).isFalse();
        assertThat(halves.parallel().fits(NamedPolicy.FSSDP)).isTrue();
        assertThat(recipe().parallel().fits(NamedPolicy.SHARDED_EXPERTS)).isTrue();
    }
}
