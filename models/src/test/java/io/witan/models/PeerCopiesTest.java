package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.MovingPolicy.Change;
import io.witan.models.TrainedRanks.History;
import io.witan.models.TrainedRanks.Training;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node is lost with its disk: what its ranks alone had is on the other node, and all go back to the step that is there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PeerCopiesTest {
    private static final int STOP = 7;
    private static final int STEPS = 9;
    /** Relative, in percent: 1e-5. */
    private static final double LOSS_PERCENT = 1e-3;

    private static final Topology FOUR = Topology.of(2, 2);

    private History whole;

    private static Recipe recipe(String... settings) {
        return SameNumbersTest.recipe(
                Stream.concat(Stream.of("train.stop_after=" + STEPS, "checkpoint.vault=true"), Stream.of(settings))
                        .toArray(String[]::new));
    }

    @BeforeAll
    void trainUndisturbed() {
        whole = TrainedRanks.train(recipe("checkpoint.vault=false"), FOUR, null);
    }

    private static void delete(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }

    /** Trains for seven steps with copies and takes away the checkpoint of the stop and all that node 1 had on its disk. */
    private static History trainAndLose(Path out, int interval, Training training) throws IOException {
        History history = TrainedRanks.train(stoppedAt(STOP, interval), FOUR, out, training);
        loseNodeOne(out);
        return history;
    }

    private static Recipe stoppedAt(int step, int interval) {
        return recipe("train.stop_after=" + step, "checkpoint.peer_copy_steps=" + interval);
    }

    private static void loseNodeOne(Path out) throws IOException {
        delete(out.resolve("checkpoints"));
        for (String folder : List.of("of-0004", "kept-of-0004")) {
            delete(out.resolve("vault").resolve(folder).resolve("rank-0002.state"));
            delete(out.resolve("vault").resolve(folder).resolve("rank-0003.state"));
        }
        delete(out.resolve("vault/peers-of-0004/rank-0000.state"));
        delete(out.resolve("vault/peers-of-0004/rank-0001.state"));
    }

    private void assertGoesOn(Path out, Topology topology, int completed, String origin) {
        assertGoesOn(out, topology, completed, origin, STOP);
    }

    private void assertGoesOn(Path out, Topology topology, int completed, String origin, int lost) {
        AtomicReference<String> told = new AtomicReference<>();
        AtomicReference<List<String>> notes = new AtomicReference<>();
        History rest = TrainedRanks.resume(recipe(), topology, out, (run, rank, recorder) -> {
            if (rank == 0) {
                told.set(run.completedSteps() + " " + run.origin());
                notes.set(run.notes());
            }
            run.train(recorder, () -> false);
        });
        assertThat(told.get()).isEqualTo(completed + " " + origin);
        assertThat(notes.get())
                .singleElement()
                .asString()
                .startsWith("step " + lost + " of 4 ranks is lost: rank 2: ")
                .endsWith(": no vault");
        assertThat(rest.losses()).hasSize(STEPS - completed);
        for (int i = 0; i < rest.losses().size(); i++) {
            assertThat(rest.losses().get(i))
                    .as("loss of step %d", completed + i + 1)
                    .isCloseTo(whole.losses().get(completed + i), withinPercentage(LOSS_PERCENT));
        }
    }

    /** With an interval of 1 a copy is complete a step later, with 2 two steps later: the last whole one is that of step 4. */
    @ParameterizedTest
    @CsvSource({"1, 2, 6", "2, 2, 4", "2, 4, 4", "2, 3, 4"})
    void shouldGoBackToTheLastCopy(int interval, int ranks, int completed, @TempDir Path out) throws IOException {
        trainAndLose(out, interval, TrainedRanks::train);
        assertGoesOn(out, Topology.of(ranks), completed, "from vaults and copies of vaults of 4 ranks");
    }

    @Test
    void shouldGoBackAfterExpertsHaveMoved(@TempDir Path out) throws IOException {
        PlacementPolicy moving = new MovingPolicy(MovingPolicy.copyingTheHottest(FOUR), 4, 1, Change.SHUFFLE);
        History before = trainAndLose(out, 2, (run, rank, recorder) -> run.train(moving, recorder, () -> false));
        assertThat(before.steps()).anyMatch(step -> step.traffic().reshardBytes() > 0);
        assertGoesOn(out, Topology.of(2), 4, "from vaults and copies of vaults of 4 ranks");
    }

    /** Ranks start again and have begun another copy, which no peer has yet, when the node is lost: all have that of the first start. */
    @ParameterizedTest
    @CsvSource({"7, 4", "8, 6"})
    void shouldGoBackToACopyOfAnEarlierStart(int stop, int completed, @TempDir Path out) throws IOException {
        TrainedRanks.train(stoppedAt(stop, 2), FOUR, out);
        delete(out.resolve("checkpoints"));
        TrainedRanks.resume(stoppedAt(stop + 1, 2), FOUR, out, TrainedRanks::train);
        loseNodeOne(out);
        assertGoesOn(out, FOUR, completed, "from vaults and copies of vaults of 4 ranks", stop + 1);
    }

    /** Two ranks, a node each, go on from four and have no copy of their own yet when one of them loses all: the vaults of four are there. */
    @Test
    void shouldGoBackToOtherRanksVaultsUntilThereIsACopy(@TempDir Path out) throws IOException {
        TrainedRanks.train(stoppedAt(STOP, 4), FOUR, out);
        delete(out.resolve("checkpoints"));
        TrainedRanks.resume(stoppedAt(STOP + 1, 4), Topology.of(1, 1), out, TrainedRanks::train);
        delete(out.resolve("checkpoints"));
        for (String folder : List.of("of-0002", "kept-of-0002")) {
            delete(out.resolve("vault").resolve(folder).resolve("rank-0001.state"));
        }
        delete(out.resolve("vault/peers-of-0002/rank-0000.state"));
        AtomicReference<String> told = new AtomicReference<>();
        TrainedRanks.resume(recipe(), Topology.of(1, 1), out, (run, rank, recorder) -> {
            if (rank == 0) {
                told.set(run.completedSteps() + " " + run.origin());
            }
        });
        assertThat(told.get()).isEqualTo("7 from the vaults of 4 ranks");
    }

    /** Copies stay when as many ranks go on, and are used again when the node is lost again before there are others. */
    @Test
    void shouldSurviveTheSameLossTwice(@TempDir Path out) throws IOException {
        trainAndLose(out, 2, TrainedRanks::train);
        TrainedRanks.resume(recipe(), FOUR, out, (run, rank, recorder) -> assertThat(run.completedSteps())
                .isEqualTo(4));
        delete(out.resolve("vault/of-0004/rank-0003.state"));
        AtomicReference<String> told = new AtomicReference<>();
        TrainedRanks.resume(recipe(), FOUR, out, (run, rank, recorder) -> {
            if (rank == 0) {
                told.set(run.completedSteps() + " " + run.origin());
            }
        });
        assertThat(told.get()).isEqualTo("4 from vaults and copies of vaults of 4 ranks");
    }

    @Test
    void shouldLeaveNothingBehindAndChangeNoNumber(@TempDir Path out, @TempDir Path disk) throws IOException {
        History copied = TrainedRanks.train(
                SameNumbersTest.recipe(
                        "checkpoint.vault=true", "checkpoint.peer_copy_steps=3", "checkpoint.vault_folder=" + disk),
                FOUR,
                out,
                (run, rank, recorder) -> {
                    assertThat(out.resolve("vault")).doesNotExist();
                    run.train(recorder, () -> false);
                });
        assertThat(copied.losses().subList(0, STEPS)).isEqualTo(whole.losses());
        try (Stream<Path> left = Files.walk(disk)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }
}
