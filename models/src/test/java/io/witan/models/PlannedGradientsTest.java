package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dense gradients travel in windows of backward, or as soon as they can: the same bits. */
class PlannedGradientsTest {
    private static final String PLANNED = "parallel.gradients.release=planned";

    @TempDir
    Path folder;

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(2), "[0, 4096, 65536, 16]", new String[0]),
                Arguments.of(Topology.of(2), "[1000000000, 0, 0, 1000000000]", new String[] {"train.accumulation=2"}),
                Arguments.of(Topology.of(4), "[32, 32, 1024, 20000]", new String[] {"parallel.pipeline.forward=2"}),
                Arguments.of(Topology.of(2, 2), "[8192, 12288]", new String[] {
                    "model.shared_experts=1", "model.recompute=block", "parallel.policy=ep"
                }));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainTheSameBits(Topology topology, String windows, String[] settings) {
        History eager = TrainedRanks.train(SameNumbersTest.recipe(settings), topology, null);
        History planned =
                TrainedRanks.train(SameNumbersTest.recipe(with(settings, PLANNED, windows(windows))), topology, null);

        assertThat(eager.losses()).hasSize(12);
        assertThat(planned.losses()).isEqualTo(eager.losses());
        assertThat(planned.norms()).isEqualTo(eager.norms());
    }

    /** What is found is told, saved with the run, and what a resumed run goes on with. */
    @Test
    void shouldPlanOnceAndGoOnWithThePlan() {
        Path out = folder.resolve("planned");
        Map<Integer, List<String>> told = new ConcurrentHashMap<>();
        History begun = TrainedRanks.train(
                SameNumbersTest.recipe(PLANNED, "train.stop_after=3"), Topology.of(2), out, (run, rank, recorder) -> {
                    told.put(rank, run.description());
                    run.train(recorder, () -> false);
                });
        GradientConfig found = found(out);
        assertThat(found.isOpen()).isFalse();
        assertThat(found.windows().orElseThrow().bytes()).hasSize(4);
        assertThat(told.get(0)).isEqualTo(told.get(1)).anyMatch(line -> line.startsWith("gradients: "));

        Map<Integer, List<String>> toldAgain = new ConcurrentHashMap<>();
        History rest =
                TrainedRanks.resume(SameNumbersTest.recipe(PLANNED), Topology.of(2), out, (run, rank, recorder) -> {
                    toldAgain.put(rank, run.description());
                    run.train(recorder, () -> false);
                });
        assertThat(found(out)).isEqualTo(found);
        assertThat(toldAgain.get(0)).anyMatch(line -> line.startsWith("gradients: ") && line.endsWith("(as before)"));
        History eager = TrainedRanks.train(SameNumbersTest.recipe(), Topology.of(2), null);
        List<StepResult> steps = new ArrayList<>(begun.steps());
        steps.addAll(rest.steps());
        assertThat(steps).extracting(StepResult::loss).isEqualTo(eager.losses());
        assertThat(steps).extracting(StepResult::gradNorm).isEqualTo(eager.norms());
    }

    @Test
    void shouldPlanNothingForOneRank() {
        Path out = folder.resolve("alone");
        History alone = TrainedRanks.train(SameNumbersTest.recipe(PLANNED, "train.steps=2"), Topology.of(1), out);

        assertThat(alone.losses()).hasSize(2);
        assertThat(found(out).windows()).contains(new GradientWindows(List.of()));
    }

    @Test
    void shouldRefuseWindowsOfAnotherModel() {
        assertThatThrownBy(() -> SameNumbersTest.recipe(PLANNED, windows("[16, 16, 16, 16, 16]")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("parallel.gradients.window_bytes has 5 numbers")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> SameNumbersTest.recipe(PLANNED, windows("[8]")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("window of 8 B");
        assertThatThrownBy(() -> SameNumbersTest.recipe(PLANNED, "parallel.device=cuda", "model.d_ff=64"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("parallel.gradients.release planned");
    }

    private static GradientConfig found(Path out) {
        return Recipes.bind(ConfigSource.file(out.resolve("found.yaml")).load())
                .parallel()
                .gradients();
    }

    private static String windows(String bytes) {
        return "parallel.gradients.window_bytes=" + bytes;
    }

    private static String[] with(String[] settings, String... more) {
        return Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new);
    }
}
