package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Experts in slices over all ranks train to the same numbers, move the bytes that they should, and are saved as whole ones. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlicedExpertsTest {
    private static final int STEPS = 50;
    private static final double LOSS_PERCENT = 0.01;
    private static final double NORM_PERCENT = 0.1;
    /** Of an expert (SwiGLU): 32 x 48. */
    private static final int EXPERT_LENGTH = 3 * 32 * 48;

    private History alone;

    private static Recipe recipe(String... settings) {
        return SameNumbersTest.recipe(Stream.concat(
                        Stream.of(
                                "train.steps=" + STEPS,
                                "train.eval_interval=20",
                                "parallel.policy=sharded_experts",
                                "parallel.memory_capacity=1",
                                // Of a run each, costs would be measured apart, and holders chosen by them.
                                "parallel.costs.attention_forward_ns=100000",
                                "parallel.costs.forward_ps_per_assignment=1000000",
                                "parallel.costs.start_up_ns=10000",
                                "parallel.costs.intra_node_bytes_per_second=1000000000",
                                "parallel.costs.inter_node_bytes_per_second=1000000000"),
                        Stream.of(settings))
                .toArray(String[]::new));
    }

    @BeforeAll
    void trainAlone() {
        alone = TrainedRanks.train(recipe("parallel.policy=ep"), Topology.singleNode(1), null);
    }

    /** Of five ranks, the last slices are partly filling, and layers have ranks that own no expert. */
    static Stream<Topology> topologies() {
        return Stream.of(Topology.of(1), Topology.of(2), Topology.of(4), Topology.of(2, 2), Topology.of(7));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldTrainLikeOneRank(Topology topology) {
        History sliced = TrainedRanks.train(recipe(), topology, null);

        assertSame(sliced, 0, STEPS);
        assertThat(sliced.validations()).hasSameSizeAs(alone.validations());
        for (int i = 0; i < sliced.validations().size(); i++) {
            assertThat(sliced.validations().get(i).perToken())
                    .isCloseTo(alone.validations().get(i).perToken(), withinPercentage(LOSS_PERCENT));
        }
    }

    private void assertSame(History sliced, int from, int to) {
        assertThat(sliced.steps()).hasSize(to - from);
        for (int i = from; i < to; i++) {
            assertThat(sliced.losses().get(i - from))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(alone.losses().get(i), withinPercentage(LOSS_PERCENT));
            assertThat(sliced.norms().get(i - from))
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(alone.norms().get(i), withinPercentage(NORM_PERCENT));
        }
    }

    /** Released copies come twice; accumulation and recomputation bring experts once more or no more. */
    @Test
    void shouldTrainWithAccumulationAndRecomputation() {
        assertSame(
                TrainedRanks.train(
                        recipe("train.accumulation=2", "model.recompute=block", "train.stop_after=12"),
                        Topology.of(3),
                        null),
                0,
                12);
    }

    /** Every holder receives all slices but its own, hot or cold: what the paper says of a restored expert. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void shouldMoveWhatSlicesTake(int ranks) {
        History sliced = TrainedRanks.train(recipe("train.stop_after=8"), Topology.of(ranks), null);

        long sliceBytes = new ExpertSlices(6, ranks).sliceLength(EXPERT_LENGTH) * Float.BYTES;
        for (StepResult step : sliced.steps()) {
            long holders = 0;
            for (Placement layer : step.placements()) {
                holders += layer.expertCount() + layer.copyCount();
            }
            assertThat(step.traffic().sparseAllGatherBytes()).isEqualTo(holders * (ranks - 1) * sliceBytes);
            assertThat(step.traffic().sparseReduceScatterBytes()).isEqualTo(holders * (ranks - 1) * sliceBytes);
            assertThat(step.moves()).isEmpty();
        }
    }

    @Test
    void shouldResumeBitForBitAndElsewhere(@TempDir Path folder) {
        History whole = TrainedRanks.train(recipe("train.stop_after=12"), Topology.of(3), null);
        TrainedRanks.train(recipe("train.stop_after=6"), Topology.of(3), folder);
        Path checkpoints = folder.resolve("checkpoints");

        History rest = TrainedRanks.resume(recipe("train.stop_after=12"), Topology.of(3), null, checkpoints);
        assertThat(rest.losses()).isEqualTo(whole.losses().subList(6, 12));
        assertThat(rest.norms()).isEqualTo(whole.norms().subList(6, 12));

        for (Topology other : new Topology[] {Topology.of(2), Topology.of(1)}) {
            assertSame(TrainedRanks.resume(recipe("train.stop_after=12"), other, null, checkpoints), 6, 12);
            Recipe owned = recipe("train.stop_after=12", "parallel.policy=fssdp");
            assertSame(TrainedRanks.resume(owned, other, null, checkpoints), 6, 12);
        }
    }

    @Test
    void shouldTakeUpACheckpointOfWholeExperts(@TempDir Path folder) {
        TrainedRanks.train(recipe("train.stop_after=6", "parallel.policy=fssdp"), Topology.of(2), folder);
        Path checkpoints = folder.resolve("checkpoints");

        assertSame(TrainedRanks.resume(recipe("train.stop_after=12"), Topology.of(3), null, checkpoints), 6, 12);
    }

    /** Nothing is lost by a resume that keeps experts in another way than the vault has them: it is refused. */
    @Test
    void shouldRefuseAVaultThatKeepsExpertsInAnotherWay(@TempDir Path folder) throws IOException {
        String vault = "checkpoint.vault=true";
        TrainedRanks.train(recipe("train.stop_after=5", vault), Topology.of(2), folder);
        // As if it had been killed before its first checkpoint.
        try (Stream<Path> files = Files.walk(folder.resolve("checkpoints"))) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
        Recipe sliced = recipe(vault);
        Recipe owned = recipe(vault, "parallel.policy=fssdp");

        new RunStorage(sliced, folder)
                .requireResumable(Families.of(sliced), Families.of(sliced).phases(), folder);
        assertThatThrownBy(() -> new RunStorage(owned, folder)
                        .requireResumable(Families.of(owned), Families.of(owned).phases(), folder))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("how experts are kept differs")
                .hasMessageContaining("experts in slices");
    }

    /** The vault of the run itself, whose last steps no checkpoint has. */
    @Test
    void shouldResumeFromTheVault(@TempDir Path folder) {
        History whole = TrainedRanks.train(recipe("train.stop_after=9"), Topology.of(2), null);
        TrainedRanks.train(recipe("train.stop_after=5", "checkpoint.vault=true"), Topology.of(2), folder);
        History rest = TrainedRanks.resume(
                recipe("train.stop_after=9", "checkpoint.vault=true"), Topology.of(2), folder, folder);

        assertThat(rest.losses()).isEqualTo(whole.losses().subList(5, 9));
    }
}
