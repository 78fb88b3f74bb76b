package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.launcher.LauncherProcess;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.TaskMetrics;
import io.witan.runtime.metrics.TaskValidationMetrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe of tasks from its training to a text of one of them. */
final class TasksIT {
    private static final int CONFIG = 4;
    private static final int STEPS = 8;

    @TempDir
    Path folder;

    @Test
    void aRunTellsItsTasksApartAndItsModelWritesOfOne() throws Exception {
        List<String> words = new ArrayList<>(List.of("--recipe", "tasks", "--ranks", "2", "--out", "o"));
        words.addAll(Witan.settings(
                "train.steps=" + STEPS,
                "train.eval_interval=4",
                "data.tasks=[{name: counting, stories: counting, documents: 200},"
                        + " {name: measure, stories: measure, documents: 200}]"));
        try (LauncherProcess run = Witan.train(folder, words.toArray(String[]::new))) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out())
                    .anyMatch(line -> line.matches("step 8/8  loss [0-9.]+ \\(counting [0-9.]+, measure [0-9.]+\\).*"));
        }
        MetricsReader metrics = Witan.metrics(folder.resolve("o"));
        assertThat(metrics.steps()).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            long step = i + 1;
            List<TaskMetrics> tasks =
                    metrics.tasks().stream().filter(line -> line.step() == step).toList();
            long targets = tasks.stream().mapToLong(TaskMetrics::targets).sum();
            double nats = tasks.stream()
                    .mapToDouble(line -> line.loss() * line.targets())
                    .sum();
            assertThat(targets).isEqualTo(8 * 32);
            assertThat(nats / targets).isCloseTo(metrics.steps().get(i).loss(), within(1e-5));
            assertThat(tasks).allSatisfy(line -> assertThat(line.expertLoad()).hasDimensions(2, 6));
        }
        assertThat(metrics.taskValidations())
                .extracting(TaskValidationMetrics::task)
                .containsExactly("counting", "measure", "counting", "measure");

        try (LauncherProcess run = Witan.start(folder, "generate", "o", "--task", "counting", "--tokens", "5")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out()).isNotEmpty();
        }
        try (LauncherProcess run = Witan.start(folder, "generate", "o", "--task", "verse")) {
            assertThat(run.exitCode()).isEqualTo(CONFIG);
            assertThat(run.err())
                    .filteredOn(line -> !line.startsWith("WARNING: Using incubator modules"))
                    .singleElement()
                    .asString()
                    .contains("task verse is not in data.tasks, which has counting, measure");
        }
        try (LauncherProcess run = Witan.start(folder, "eval", "o")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out())
                    .anyMatch(line -> line.startsWith("task counting: validation loss "))
                    .anyMatch(line -> line.startsWith("task measure: validation loss "));
        }
    }
}
