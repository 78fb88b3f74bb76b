package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.merge.MergeException;
import io.witan.models.merge.ModelMerge;
import io.witan.models.merge.TaskArithmetic;
import io.witan.models.merge.TwinModel;
import io.witan.models.merge.WeightedSum;
import io.witan.runtime.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shared model and exclusive vectors, against what the formulas say of whole arrays. */
class TwinModelTest {
    @TempDir
    static Path all;

    private static TaskRuns runs;
    private static Path shared;

    @TempDir
    Path folder;

    @BeforeAll
    static void train() {
        runs = TaskRuns.train(all);
        shared = all.resolve("shared");
        try (ModelMerge merge = ModelMerge.open(runs.base(), runs.tasks())) {
            merge.write(shared, new TaskArithmetic(0.3), "test");
        }
    }

    private Path twin(String name, double keep) {
        Path twin = folder.resolve(name);
        try (ModelMerge merge = ModelMerge.open(shared, runs.tasks())) {
            merge.writeTwin(twin, keep, "test");
        }
        return twin;
    }

    private static ModelMerge.Summary compose(Path twin, Path to, Double... weights) {
        try (TwinModel model = TwinModel.open(twin)) {
            return model.write(to, new WeightedSum(List.of(weights)), "test");
        }
    }

    private static float[] difference(int task, String name) {
        float[] values = TaskRuns.values(runs.task(task), name);
        float[] from = TaskRuns.values(shared, name);
        for (int i = 0; i < values.length; i++) {
            values[i] -= from[i];
        }
        return values;
    }

    /** By sorting all magnitudes of all tensors. */
    private static float least(int task, double keep) {
        double[] sorted = TaskRuns.names(shared).stream()
                .map(name -> difference(task, name))
                .flatMap(values -> {
                    Double[] magnitudes = new Double[values.length];
                    Arrays.setAll(magnitudes, i -> (double) Math.abs(values[i]));
                    return Stream.of(magnitudes);
                })
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return (float) sorted[sorted.length - (int) Math.ceil(keep * sorted.length)];
    }

    @Test
    void whatIsComposedIsSharedPlusTheWeightedLargestDifferences() {
        Path twin = twin("twin", 0.1);
        Path made = folder.resolve("made");
        ModelMerge.Summary summary = compose(twin, made, 0.75, -0.5);
        float[] least = {least(1, 0.1), least(2, 0.1)};
        long changed = 0;
        for (String name : TaskRuns.names(shared)) {
            float[] from = TaskRuns.values(shared, name);
            float[] one = difference(1, name);
            float[] two = difference(2, name);
            float[] found = TaskRuns.values(made, name);
            for (int i = 0; i < from.length; i++) {
                double sum = (Math.abs(one[i]) >= least[0] ? 0.75 * one[i] : 0)
                        + (Math.abs(two[i]) >= least[1] ? -0.5 * two[i] : 0);
                assertThat(found[i]).as("%s[%d]", name, i).isEqualTo((float) (from[i] + sum));
                changed += found[i] == from[i] ? 0 : 1;
            }
        }
        assertThat(summary.changed()).isEqualTo(changed);
        assertThat(changed).isBetween(summary.values() / 20, summary.values() / 5);
    }

    @Test
    void whollyKeptVectorsGiveEachTasksModelAgain() {
        Path twin = twin("twin", 1);
        for (int task = 1; task <= 2; task++) {
            Path made = folder.resolve("made-" + task);
            compose(twin, made, task == 1 ? 1.0 : 0.0, task == 2 ? 1.0 : 0.0);
            for (String name : TaskRuns.names(shared)) {
                float[] found = TaskRuns.values(made, name);
                float[] expected = TaskRuns.values(runs.task(task), name);
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).isCloseTo(expected[i], within(1e-6f * Math.max(1, Math.abs(expected[i]))));
                }
            }
        }
    }

    @Test
    void theSharedModelIsARunOfItsOwnAndVectorsAreSmall() throws IOException {
        Path twin = folder.resolve("twin");
        List<Long> kept;
        try (ModelMerge merge = ModelMerge.open(shared, runs.tasks())) {
            kept = merge.writeTwin(twin, 0.1, "test");
        }
        long count = 0;
        for (String name : TaskRuns.names(shared)) {
            assertThat(TaskRuns.values(twin, name)).containsExactly(TaskRuns.values(shared, name));
            count += TaskRuns.values(shared, name).length;
        }
        for (long of : kept) {
            assertThat(of).isBetween((long) (0.09 * count), (long) (0.11 * count));
        }
        try (Stream<Path> files = Files.walk(twin.resolve("exclusive"))) {
            long largest = files.filter(path -> path.toString().endsWith(".safetensors"))
                    .mapToLong(path -> path.toFile().length())
                    .max()
                    .orElseThrow();
            assertThat(largest).isLessThan(count * Float.BYTES / 4);
        }
        try (TrainedModel model = TrainedModel.open(twin, 1)) {
            assertThat(model.nextTokenLogits(new int[] {1, 2, 3})).isNotEmpty();
        }
    }

    private void assertRefused(Class<? extends RuntimeException> by, String says, Path twin, Double... weights) {
        Path to = folder.resolve("to");
        assertThatThrownBy(() -> compose(twin, to, weights))
                .isInstanceOf(by)
                .hasMessageContaining(says)
                .hasMessageNotContaining("\n");
        assertThat(to).doesNotExist();
        assertThat(folder.resolve(".to.new")).doesNotExist();
    }

    @Test
    void whatIsNoTwinOrDoesNotFitIsNamedAndNothingIsWritten() throws IOException {
        assertRefused(MergeException.class, "no exclusive vectors", shared, 1.0, 1.0);
        Path twin = twin("twin", 0.1);
        assertRefused(MergeException.class, "3 weights for 2 models; each needs one", twin, 1.0, 1.0, 1.0);
        assertRefused(MergeException.class, "what is merged is not finite", twin, 1e45, 1.0);

        Path other = folder.resolve("other");
        try (ModelMerge merge = ModelMerge.open(runs.base(), runs.tasks())) {
            merge.writeTwin(other, 0.1, "test");
        }
        Files.move(other.resolve("exclusive"), folder.resolve("of-other"));
        Files.move(twin.resolve("exclusive"), other.resolve("exclusive"));
        assertRefused(MergeException.class, "exclusive vectors are not of the model", other, 1.0, 1.0);
        Files.move(other.resolve("exclusive"), twin.resolve("exclusive"));

        try (Stream<Path> files = Files.walk(twin.resolve("exclusive"))) {
            Path second = files.filter(path -> path.endsWith("exclusive-2.safetensors"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(second);
            bytes[bytes.length - 3] ^= 1;
            Files.write(second, bytes);
        }
        assertRefused(CheckpointException.class, "exclusive-2.safetensors: sha256", twin, 1.0, 1.0);
    }

    @Test
    void aTwinOfNoModelAndOneThatIsThereAreRefused() {
        Path to = folder.resolve("to");
        try (ModelMerge merge = ModelMerge.open(shared, List.of())) {
            assertThatThrownBy(() -> merge.writeTwin(to, 0.1, "test"))
                    .isInstanceOf(MergeException.class)
                    .hasMessage("no model is named beside the base");
        }
        assertThat(to).doesNotExist();
        Path twin = twin("twin", 0.1);
        assertThatThrownBy(() -> compose(twin, twin, 1.0, 1.0))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("twin: exists");
    }
}
