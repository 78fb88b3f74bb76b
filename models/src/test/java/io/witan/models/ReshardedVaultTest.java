package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.MovingPolicy.Change;
import io.witan.models.TrainedRanks.History;
import io.witan.models.TrainedRanks.Training;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks go on from the vaults that another number of ranks left: the next loss is that of a run which nothing happened to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReshardedVaultTest {
    private static final int STOP = 5;
    private static final int STEPS = 8;
    /** Relative, in percent: 1e-5. */
    private static final double LOSS_PERCENT = 1e-3;

    private static final Topology FOUR = Topology.of(2, 2);

    private History whole;

    private static Recipe recipe(String... settings) {
        return SameNumbersTest.recipe(Stream.concat(
                        Stream.of(
                                "train.stop_after=" + STEPS,
                                "checkpoint.vault=true",
                                "parallel.memory_capacity=1",
                                // Of a run each, costs would be measured apart.
                                "parallel.costs.attention_forward_ns=100000",
                                "parallel.costs.forward_ps_per_assignment=1000000",
                                "parallel.costs.start_up_ns=10000",
                                "parallel.costs.intra_node_bytes_per_second=1000000000",
                                "parallel.costs.inter_node_bytes_per_second=1000000000"),
                        Stream.of(settings))
                .toArray(String[]::new));
    }

    @BeforeAll
    void trainUndisturbed() {
        whole = TrainedRanks.train(recipe("checkpoint.vault=false"), FOUR, null);
    }

    /** As four ranks leave it that are killed after a step: vaults, and a checkpoint that is older or none at all. */
    private static History trainAndLose(Path out, Training training, String... settings) throws IOException {
        String[] stopped = Stream.concat(Stream.of(settings), Stream.of("train.stop_after=" + STOP))
                .toArray(String[]::new);
        History history = TrainedRanks.train(recipe(stopped), FOUR, out, training);
        // Of the stop itself.
        delete(out.resolve("checkpoints/step-00000005"));
        Path before = out.resolve("checkpoints/step-00000002");
        if (Files.exists(before)) {
            Files.writeString(out.resolve("checkpoints/latest"), before.getFileName() + "\n");
        } else {
            delete(out.resolve("checkpoints"));
        }
        return history;
    }

    private static void trainAndLose(Path out, String... settings) throws IOException {
        trainAndLose(out, TrainedRanks::train, settings);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }

    private static Topology ranks(int count) {
        return count == 1 ? Topology.singleNode(1) : Topology.of(count);
    }

    private void assertSame(History rest, int completed) {
        assertThat(rest.losses()).hasSize(STEPS - completed);
        for (int i = 0; i < rest.losses().size(); i++) {
            assertThat(rest.losses().get(i))
                    .as("loss of step %d", completed + i + 1)
                    .isCloseTo(whole.losses().get(completed + i), withinPercentage(LOSS_PERCENT));
        }
    }

    /** Goes on, and says whence. */
    private History resume(Topology topology, Path out, String origin, String... settings) {
        AtomicReference<String> told = new AtomicReference<>();
        History rest = TrainedRanks.resume(recipe(settings), topology, out, (run, rank, recorder) -> {
            if (rank == 0) {
                told.set(run.completedSteps() + " " + run.origin());
            }
            run.train(recorder, () -> false);
        });
        assertThat(told.get()).isEqualTo(origin);
        return rest;
    }

    @ParameterizedTest
    @CsvSource({
        "ep, 1",
        "ep, 2",
        "ep, 3",
        "ep, 8",
        "fssdp, 1",
        "fssdp, 3",
        "fssdp, 8",
        "sharded_experts, 1",
        "sharded_experts, 3"
    })
    void shouldGoOnWithAnyNumberOfRanks(String policy, int count, @TempDir Path out) throws IOException {
        trainAndLose(out, "parallel.policy=" + policy);
        assertThat(out.resolve("vault/of-0004")).isDirectory();

        History rest = resume(ranks(count), out, "5 from the vaults of 4 ranks", "parallel.policy=" + policy);

        assertSame(rest, STOP);
        assertThat(out.resolve("vault/of-0004")).doesNotExist();
    }

    /** Two nodes whose ranks move experts around; then they are on other ranks than at the start. */
    @ParameterizedTest
    @CsvSource({"1", "2", "3", "8"})
    void shouldGoOnAfterExpertsHaveMoved(int count, @TempDir Path out) throws IOException {
        PlacementPolicy moving = new MovingPolicy(MovingPolicy.copyingTheHottest(FOUR), 4, 2, Change.SHUFFLE);
        History before = trainAndLose(
                out, (run, rank, recorder) -> run.train(moving, recorder, () -> false), "parallel.policy=fssdp");
        assertThat(before.steps()).anyMatch(step -> step.traffic().reshardBytes() > 0);

        assertSame(resume(ranks(count), out, "5 from the vaults of 4 ranks", "parallel.policy=fssdp"), STOP);
    }

    /** What was brought over is kept at once: ranks that die before they complete a step find it where it is. */
    @Test
    void shouldKeepWhatWasBroughtOver(@TempDir Path out) throws IOException {
        trainAndLose(out);
        TrainedRanks.resume(recipe(), Topology.of(3), out, (run, rank, recorder) -> {});

        History rest = resume(Topology.of(3), out, "5 ");
        assertSame(rest, STOP);
        assertThat(out.resolve("vault/of-0004")).doesNotExist();
    }

    /** Ranks may die while state is brought over: what they had is there, whatever they have written. */
    @Test
    void shouldBringItOverAgain(@TempDir Path out) throws IOException {
        trainAndLose(out);
        Path left = out.resolveSibling("left");
        copy(out.resolve("vault/of-0004"), left);
        TrainedRanks.resume(recipe(), Topology.of(3), out, (run, rank, recorder) -> {});
        copy(left, out.resolve("vault/of-0004"));
        damage(out.resolve("vault/of-0003/rank-0001.state"));

        assertSame(resume(Topology.of(3), out, "5 from the vaults of 4 ranks"), STOP);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** All behind the header. */
    private static void damage(Path state) throws IOException {
        try (FileChannel file = FileChannel.open(state, StandardOpenOption.WRITE)) {
            int header = 16 << 10;
            byte[] rubbish = new byte[(int) file.size() - header];
            Arrays.fill(rubbish, (byte) 0x55);
            file.write(ByteBuffer.wrap(rubbish), header);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, checksum expected", "false, no vault"})
    void shouldTakeTheCheckpointIfAVaultIsLost(boolean damaged, String reason, @TempDir Path out) throws IOException {
        trainAndLose(out, "checkpoint.interval=2", "checkpoint.keep=5");
        Path lost = out.resolve("vault/of-0004/rank-0002.state");
        if (damaged) {
            damage(lost);
        } else {
            Files.delete(lost);
        }
        ConcurrentLinkedQueue<List<String>> notes = new ConcurrentLinkedQueue<>();
        AtomicReference<Long> completed = new AtomicReference<>();
        History rest = TrainedRanks.resume(recipe(), Topology.of(3), out, (run, rank, recorder) -> {
            notes.add(run.notes());
            completed.set(run.completedSteps());
            run.train(recorder, () -> false);
        });
        assertThat(completed).hasValue(2L);
        assertThat(notes).hasSize(3).allSatisfy(of -> assertThat(of)
                .singleElement()
                .asString()
                .startsWith("step 5 of 4 ranks is lost: rank 2: ")
                .contains(reason));
        assertSame(rest, 2);
    }

    @Test
    void shouldSayWhatIsLostIfThereIsNoCheckpoint(@TempDir Path out) throws IOException {
        trainAndLose(out);
        Files.delete(out.resolve("vault/of-0004/rank-0003.state"));

        assertThatThrownBy(() -> TrainedRanks.resume(recipe(), Topology.of(2), out, TrainedRanks::train))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("nothing to resume")
                .hasMessageContaining("step 5 of 4 ranks is lost: rank 3: no vault");
    }

    /** Four ranks that each have half an expert go on as two; with three, shards of an expert would not be on as many. */
    @Test
    void shouldGoOnWithShardsOfExperts(@TempDir Path out) throws IOException {
        String halves = "parallel.expert_sharding=2";
        trainAndLose(out, halves);
        assertSame(resume(Topology.of(2), out, "5 from the vaults of 4 ranks", halves), STOP);
        assertThatThrownBy(() -> recipe(halves).requireRanks(Topology.of(3)))
                .hasMessageContaining("parallel.expert_sharding 2 must divide the ranks");
    }
}
