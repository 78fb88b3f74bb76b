package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.TrainedRanks.History;
import io.witan.models.family.EndReport;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.TaskResult;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The built-in recipe, made small, as a run. */
class Ul2RecipeTest {
    private static final Topology TWO = Topology.of(2);
    private static final int STEPS = 50;

    static Recipe recipe(String... changes) {
        List<String> small = new ArrayList<>(List.of(
                "model.d_model=16",
                "model.heads=2",
                "model.seq_len=48",
                "model.experts=4",
                "model.d_ff=16",
                "data.documents=200",
                "train.steps=" + STEPS,
                "train.global_batch=6",
                "train.accumulation=2",
                "train.warmup_steps=5",
                "train.eval_interval=25",
                "train.eval_batches=2",
                "ul2.decoder_ff=16",
                "ul2.validation_texts=4"));
        small.addAll(List.of(changes));
        ConfigTree tree = Recipes.load("ul2");
        for (String change : small) {
            tree = tree.set(change, "--set");
        }
        return Recipes.bind(tree);
    }

    /** A micro-batch has three rows, so that one of four ranks has none. */
    @ParameterizedTest
    @ValueSource(strings = {"ep", "fssdp"})
    void ranksShouldTrainAsOne(String policy) {
        Recipe recipe = recipe("parallel.policy=" + policy);
        History alone = TrainedRanks.train(recipe, Topology.of(1), (Path) null);
        assertThat(alone.losses()).hasSize(STEPS);
        for (int ranks : new int[] {2, 4}) {
            History together = TrainedRanks.train(recipe, Topology.of(ranks), (Path) null);
            SameHistory.assertSame(together, alone, 0);
            assertThat(SameHistory.copiedBytes(together) > 0).isEqualTo(policy.equals("fssdp"));
        }
    }

    @Test
    void lossShouldFallUnderEveryMode() {
        History history = TrainedRanks.train(
                recipe("train.steps=150", "train.lr=0.01", "train.global_batch=14", "train.eval_interval=10"),
                Topology.of(1),
                (Path) null);
        List<TaskResult> first = history.validations().getFirst().tasks();
        List<TaskResult> last = history.validations().getLast().tasks();
        assertThat(first).extracting(TaskResult::task).containsExactly("R", "S", "X");
        for (int mode = 0; mode < 3; mode++) {
            assertThat(last.get(mode).perToken())
                    .as(last.get(mode).task())
                    .isLessThan(0.8 * first.get(mode).perToken());
        }
        double begin = history.losses().subList(0, 10).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        double end = history.losses().subList(140, 150).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        assertThat(end).isLessThan(0.7 * begin);
    }

    @Test
    void shouldGoOnWithTheSameBits(@TempDir Path folder) {
        History whole = TrainedRanks.train(recipe("train.steps=12"), TWO, (Path) null);
        TrainedRanks.train(recipe("train.steps=12", "train.stop_after=5"), TWO, folder);
        History rest = TrainedRanks.resume(recipe("train.steps=12"), TWO, folder, folder);
        assertThat(rest.losses()).isEqualTo(whole.losses().subList(5, 12));
        assertThat(rest.norms()).isEqualTo(whole.norms().subList(5, 12));
    }

    @Test
    void shouldTrainAlikeWithExpertsInShardsAndGatesThatKnowTheMode() {
        String[] gate = {"model.gate.task.by=embedding", "model.gate.task.count=3", "train.steps=8"};
        History whole = TrainedRanks.train(recipe(gate), TWO, (Path) null);
        History sharded =
                TrainedRanks.train(recipe(gate[0], gate[1], gate[2], "parallel.expert_sharding=2"), TWO, (Path) null);
        for (int step = 0; step < 8; step++) {
            assertThat(sharded.losses().get(step)).isCloseTo(whole.losses().get(step), within(1e-3));
        }
        assertThat(whole.losses())
                .isNotEqualTo(TrainedRanks.train(recipe("train.steps=8"), TWO, (Path) null)
                        .losses());
    }

    /** The report is the last validation, told by mode; the same from the checkpoint. */
    @Test
    void shouldReportEveryMode(@TempDir Path folder) {
        List<EndReport> reports = Collections.synchronizedList(new ArrayList<>());
        Recipe recipe = recipe("train.steps=6", "train.eval_interval=6", "train.eval_batches=0");
        History history = TrainedRanks.train(recipe, TWO, folder, (run, rank, recorder) -> {
            run.train(recorder, () -> false);
            EndReport report = run.report().orElseThrow();
            if (rank == 0) {
                reports.add(report);
            }
        });
        EndReport report = reports.getFirst();
        Evaluator.Result last = history.validations().getLast();
        assertThat(report.file()).isEqualTo("report.json");
        assertThat(report.lines()).hasSize(4);
        assertThat(report.lines().get(0)).startsWith("R (15 % in spans of 3, 15 % in spans of 8): validation loss ");
        assertThat(report.lines().get(1)).startsWith("S (the last 25 %): validation loss ");
        assertThat(report.lines().get(2)).startsWith("X (50 % in spans of 3, ");
        assertThat(report.lines().get(3)).startsWith("all: validation loss ");
        JsonNode modes = report.json().path("modes");
        assertThat(modes.findValuesAsText("mode")).containsExactly("R", "S", "X");
        long targets = 0;
        double sum = 0;
        for (int mode = 0; mode < 3; mode++) {
            TaskResult expected = last.tasks().get(mode);
            assertThat(modes.get(mode).path("loss").doubleValue()).isEqualTo(expected.perToken());
            assertThat(modes.get(mode).path("targets").longValue()).isEqualTo(expected.targets());
            targets += expected.targets();
            sum += expected.nllSum();
        }
        assertThat(report.json().path("targets").longValue()).isEqualTo(targets);
        assertThat(report.json().path("loss").doubleValue()).isCloseTo(sum / targets, within(1e-9));

        try (TrainedFamily<?, ?> trained = TrainedFamily.open(folder, 1)) {
            double again = trained.report().json().path("loss").doubleValue();
            assertThat(again).isCloseTo(last.perToken(), within(1e-4 * last.perToken()));
        }
    }

    @Test
    void shouldReportNothingWithoutWhatIsHeldBack() {
        TrainedRanks.train(
                recipe("train.steps=2", "data.validation_fraction=0", "train.eval_interval=0"),
                Topology.of(1),
                null,
                (run, rank, recorder) -> {
                    run.train(recorder, () -> false);
                    assertThat(run.report()).isEmpty();
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    model.positions=rotary | section ul2: model.positions must be learned
                    model.tied_embeddings=false | section ul2: model.tied_embeddings must be true
                    model.seq_len=7 | section ul2: model.seq_len must be at least 8, got 7
                    model.gate.task.by=bias model.gate.task.count=2 | section ul2: model.gate.task.count must be at least 3, the tasks R, S, X
                    data.source=lcg | section ul2: data.source must be arithmetic or file, as lcg is no text
                    parallel.device=cuda | ul2 runs on the host only: parallel.device must be host
                    """)
    void shouldRefuseWhatItCannotTrain(String settings, String message) {
        Recipe recipe = recipe(settings.split(" "));
        assertThatThrownBy(() -> Families.of(recipe))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void shouldRefuseBadKeysWithTheirRange() {
        assertThatThrownBy(() -> recipe("ul2.validation_texts=0"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("ul2.validation_texts")
                .message()
                .doesNotContain("\n");
        assertThatThrownBy(() -> recipe("jiuzhang.masked_steps=2"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("one of the sections dmoerm, jiuzhang and ul2 at most");
    }
}
