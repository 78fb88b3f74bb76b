package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.MovingPolicy.Change;
import io.witan.models.TrainedRanks.History;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ranks that die around a change of owners go on from a step that all have, with its owners. What a rank leaves when it is killed is
 * what its files hold at that moment, so they are copied then.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MovingOwnersVaultTest {
    /** Owners change at the end of this step. */
    private static final int CHANGE = 6;

    private static final Topology TWO = Topology.of(2);
    private static final PlacementPolicy POLICY =
            new MovingPolicy(MovingPolicy.copyingTheHottest(TWO), 2, 3, Change.SHUFFLE);

    private History whole;

    private static Recipe recipe() {
        return MovingOwnersTest.recipe("train.stop_after=12", "train.eval_interval=6", "checkpoint.interval=1");
    }

    @BeforeAll
    void trainWithoutAKill() {
        whole = TrainedRanks.train(recipe(), TWO, null, MovingOwnersTest.by(POLICY));
        assertThat(whole.steps().get(CHANGE - 1).moves()).hasSizeGreaterThan(3);
    }

    /** When a rank is killed: with the step's state written and moved, but before or after its commit. */
    private enum Moment {
        UNCOMMITTED,
        COMMITTED
    }

    @ParameterizedTest
    @CsvSource({
        "6, UNCOMMITTED, UNCOMMITTED, 5",
        "6, COMMITTED, UNCOMMITTED, 5",
        "6, UNCOMMITTED, COMMITTED, 5",
        "6, COMMITTED, COMMITTED, 6",
        "7, COMMITTED, UNCOMMITTED, 6",
        "9, UNCOMMITTED, COMMITTED, 8"
    })
    void shouldGoOnFromTheNewestStepThatAllHave(
            int step, Moment first, Moment second, int completed, @TempDir Path folder) {
        Path left = folder.resolve("left");
        TrainedRanks.train(recipe(), TWO, folder.resolve("run"), (run, rank, recorder) -> {
            Moment moment = rank == 0 ? first : second;
            run.train(POLICY, new Kill(recorder, rank, step, moment, folder.resolve("run"), left), () -> false);
        });
        assertGoesOnAfter(completed, left);
    }

    /** Checkpoint, evaluation and the wish to stop of a step that was committed come when the run goes on. */
    @Test
    void shouldMakeWhatWasDueAfterTheLastStep(@TempDir Path folder) {
        Path left = folder.resolve("left");
        TrainedRanks.train(
                recipe(),
                TWO,
                folder.resolve("run"),
                (run, rank, recorder) -> run.train(
                        POLICY,
                        new Kill(recorder, rank, 12, Moment.COMMITTED, folder.resolve("run"), left),
                        () -> false));
        assertThat(left.resolve("checkpoints")).doesNotExist();
        History rest = TrainedRanks.resume(
                recipe(), TWO, left, (run, rank, recorder) -> run.train(POLICY, recorder, () -> false));
        assertThat(rest.steps()).isEmpty();
        assertThat(rest.validations()).containsExactly(whole.validations().getLast());
        assertThat(left.resolve("checkpoints/step-00000012")).isDirectory();
    }

    /** A rank that was killed before it wrote over a step of an earlier attempt has it still; other ranks have another one. */
    @Test
    void shouldNotMixStepsOfDifferentOwners(@TempDir Path folder) {
        Path left = folder.resolve("left");
        PlacementPolicy other = new OtherAt(CHANGE);
        for (int survivor = 0; survivor < 2; survivor++) {
            PlacementPolicy policy = survivor == 0 ? POLICY : other;
            int kept = survivor;
            Path out = folder.resolve("run" + survivor);
            TrainedRanks.train(recipe(), TWO, out, (run, rank, recorder) -> {
                TrainingObserver killed = new Kill(recorder, rank, CHANGE, Moment.COMMITTED, out, left);
                run.train(policy, rank == kept ? killed : recorder, () -> false);
            });
        }
        assertGoesOnAfter(CHANGE - 1, left);
    }

    private void assertGoesOnAfter(int completed, Path left) {
        AtomicLong found = new AtomicLong();
        History rest = TrainedRanks.resume(recipe(), TWO, left, (run, rank, recorder) -> {
            found.set(run.completedSteps());
            run.train(POLICY, recorder, () -> false);
        });
        assertThat(found).hasValue(completed);
        assertThat(rest.losses()).isEqualTo(whole.losses().subList(completed, 12));
        assertThat(rest.norms()).isEqualTo(whole.norms().subList(completed, 12));
        assertThat(rest.validations().getLast()).isEqualTo(whole.validations().getLast());
        for (int i = 0; i < rest.steps().size(); i++) {
            StepResult expected = whole.steps().get(completed + i);
            assertThat(rest.steps().get(i).moves()).isEqualTo(expected.moves());
        }
    }

    /** The policy of the test but for one step, at whose end all experts go elsewhere. */
    private record OtherAt(int step) implements PlacementPolicy {
        @Override
        public StepPlacement place(StepInput input) {
            return POLICY.place(input);
        }

        @Override
        public boolean looksAtOwners(long at) {
            return at == step || POLICY.looksAtOwners(at);
        }

        @Override
        public int[][] reshard(ReshardInput input) {
            return input.step() == step
                    ? new MovingPolicy(POLICY, 2, 1, Change.CIRCLE).reshard(input)
                    : POLICY.reshard(input);
        }
    }

    /** Copies a rank's vault to another folder at one moment. */
    private record Kill(TrainingObserver recorder, int rank, int step, Moment moment, Path run, Path left)
            implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            recorder.stepCompleted(result);
            if (moment == Moment.UNCOMMITTED && result.step() == step) {
                copy();
            }
        }

        @Override
        public void validated(long validated, Evaluator.Result result) {
            recorder.validated(validated, result);
        }

        @Override
        public void checkpointed(long saved, Path folder) {
            if (moment == Moment.COMMITTED && saved == step) {
                copy();
            }
        }

        private void copy() {
            Path vault = left.resolve("vault/of-0002");
            try {
                Files.createDirectories(vault);
                try (DirectoryStream<Path> files =
                        Files.newDirectoryStream(run.resolve("vault/of-0002"), "rank-000" + rank + ".*")) {
                    for (Path file : files) {
                        Files.copy(file, vault.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
