package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.TrainedRanks.History;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.TrainingPhase;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a family that is not built in gets, and what it is refused. */
class FamiliesTest {
    private static final Topology TWO = Topology.of(2);

    private static ModelFamily<?, ?> phased(Recipe recipe, int first) {
        LearningRate rate = recipe.train().learningRate();
        return new PhasedGpt(
                recipe,
                recipe,
                List.of(new TrainingPhase("first", first, rate), new TrainingPhase("second", 12 - first, rate)));
    }

    @Test
    void shouldReportFromAllRanksAtTheEnd() {
        Recipe recipe = SameNumbersTest.recipe();
        List<EndReport> reports = Collections.synchronizedList(new ArrayList<>());
        TrainedRanks.Training reporting = (run, rank, recorder) -> {
            run.train(recorder, () -> false);
            Optional<EndReport> report = run.report();
            if (rank == 0) {
                reports.add(report.orElseThrow());
            }
        };
        History history = TrainedRanks.trainFamily(() -> phased(recipe, 5), recipe, TWO, null, reporting);

        assertThat(reports).hasSize(1);
        assertThat(reports.getFirst().file()).isEqualTo("phased.json");
        assertThat(reports.getFirst().json().doubleValue())
                .isEqualTo(history.validations().getLast().perToken());
        assertThat(reports.getFirst().lines())
                .containsExactly("targets: " + history.validations().getLast().targets());
    }

    @Test
    void shouldTellOfFamilyAndPhases() {
        Recipe recipe = SameNumbersTest.recipe();
        List<String> lines = new ArrayList<>();
        TrainedRanks.Training telling = (run, rank, recorder) -> lines.addAll(run.description());
        TrainedRanks.trainFamily(() -> phased(recipe, 5), recipe, Topology.of(1), null, telling);

        assertThat(lines.get(0)).startsWith("model: phased gpt-moe d=32");
        assertThat(lines.get(1)).startsWith("data: first, 5 steps: ").contains("; second, 7 steps: ");
    }

    /** The steps of saved state belong to their phases. */
    @Test
    void shouldRefuseToGoOnInOtherPhases(@TempDir Path folder) {
        Recipe recipe = SameNumbersTest.recipe("train.stop_after=3");
        TrainedRanks.trainFamily(() -> phased(recipe, 5), recipe, TWO, folder, TrainedRanks::train);

        assertThatThrownBy(() ->
                        TrainedRanks.resumeFamily(() -> phased(recipe, 6), recipe, TWO, folder, TrainedRanks::train))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("second from step 7")
                .hasMessageContaining("second from step 6");
    }

    @Test
    void shouldRefuseWhatOnlyTextModelsHave() {
        Recipe open = SameNumbersTest.recipe("parallel.pipeline.forward=auto");
        Recipe imposed = SameNumbersTest.recipe("routing.force_skew=zipf:1");

        assertThatThrownBy(() -> open.requireFits(phased(open, 5)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("parallel.overlap_degree")
                .hasMessageContaining("family phased");
        assertThatThrownBy(() -> imposed.requireFits(phased(imposed, 5)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("routing.force_skew")
                .hasMessageContaining("family phased");
        assertThatThrownBy(() -> Families.requireText(phased(open, 5), "runs/x"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("runs/x is a model of family phased; this works on text models (family gpt) only");
        assertThatCode(() -> Families.requireText(Families.of(open), "runs/x")).doesNotThrowAnyException();
        assertThatCode(() -> open.requireFits(Families.of(open))).doesNotThrowAnyException();
    }
}
