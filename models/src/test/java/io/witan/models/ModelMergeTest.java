package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.merge.MergeException;
import io.witan.models.merge.ModelMerge;
import io.witan.models.merge.SmallHeapMerge;
import io.witan.models.merge.TaskArithmetic;
import io.witan.models.merge.TaskMask;
import io.witan.models.merge.Ties;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that began with the same checkpoint are merged into a new one. */
class ModelMergeTest {
    @TempDir
    static Path runs;

    @TempDir
    Path folder;

    @BeforeAll
    static void train() {
        TaskRuns.train(runs);
    }

    private static Path base() {
        return new TaskRuns(runs).base();
    }

    private static Path task(int number) {
        return new TaskRuns(runs).task(number);
    }

    @Test
    void everyTensorIsMergedAndNoMomentIs() {
        Path merged = folder.resolve("merged");
        ModelMerge.Summary summary;
        try (ModelMerge merge = ModelMerge.open(base(), List.of(task(1), task(2)))) {
            summary = merge.write(merged, new TaskArithmetic(0.5), "test");
        }
        assertThat(TaskRuns.names(merged)).isEqualTo(TaskRuns.names(base())).hasSize(summary.tensors());
        long count = 0;
        for (String name : TaskRuns.names(base())) {
            float[] from = TaskRuns.values(base(), name);
            float[] one = TaskRuns.values(task(1), name);
            float[] two = TaskRuns.values(task(2), name);
            float[] made = TaskRuns.values(merged, name);
            for (int i = 0; i < from.length; i++) {
                double sum = (double) (one[i] - from[i]) + (two[i] - from[i]);
                assertThat(made[i]).as("%s[%d]", name, i).isEqualTo((float) (from[i] + 0.5 * sum));
            }
            count += from.length;
        }
        assertThat(summary.values()).isEqualTo(count);
        assertThat(summary.changed()).isBetween(count / 2, count);
        try (Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(merged))) {
            assertThat(checkpoint.hasOptimizerState()).isFalse();
            assertThat(checkpoint.manifest().step()).isZero();
        }
    }

    @Test
    void aRunBeginsWithWhatWasMerged() throws IOException {
        Path merged = folder.resolve("merged");
        try (ModelMerge merge = ModelMerge.open(base(), List.of(task(1), task(2)))) {
            merge.write(merged, new Ties(0.2, 1), "test");
        }
        Recipe recipe = Recipes.bind(ConfigTree.parse(Files.readString(merged.resolve(ModelMerge.RECIPE)), "test"));
        assertThat(recipe.checkpoint().initFrom()).contains(merged.toString());
        List<StepResult> one = TrainedRanks.train(recipe, Topology.of(1), null).steps();
        List<StepResult> two = TrainedRanks.train(recipe, Topology.of(2), null).steps();
        IntStream.range(0, one.size()).forEach(step -> assertThat(two.get(step).loss())
                .isCloseTo(one.get(step).loss(), withinPercentage(0.01)));
        try (TrainedModel model = TrainedModel.open(merged, 1)) {
            assertThat(model.nextTokenLogits(new int[] {1, 2, 3})).isNotEmpty();
        }
    }

    private void assertRefused(Class<? extends RuntimeException> by, String says, Path model) {
        Path to = folder.resolve("merged");
        assertThatThrownBy(() -> {
                    try (ModelMerge merge = ModelMerge.open(base(), List.of(task(1), model))) {
                        merge.write(to, new TaskMask(1, 1, 1), "test");
                    }
                })
                .isInstanceOf(by)
                .hasMessageContaining(says)
                .hasMessageNotContaining("\n");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.filter(path -> path.getFileName().toString().contains("merged")))
                    .isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatIsNoModelOfTheBaseIsNamedAndNothingIsWritten() throws IOException {
        Path wide = folder.resolve("wide");
        TrainedRanks.train(SameNumbersTest.recipe("train.steps=1", "model.d_ff=64"), Topology.of(1), wide);
        assertRefused(MergeException.class, "its model is not that of the base", wide);
        assertRefused(CheckpointException.class, "nowhere", folder.resolve("nowhere"));

        Path damaged = folder.resolve("damaged");
        TrainedRanks.train(SameNumbersTest.recipe("train.steps=1"), Topology.of(1), damaged);
        try (Stream<Path> files = Files.walk(damaged.resolve("checkpoints"))) {
            Path dense = files.filter(path -> path.endsWith("dense.safetensors"))
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(dense);
            bytes[bytes.length - 3] ^= 1;
            Files.write(dense, bytes);
        }
        assertRefused(CheckpointException.class, "dense.safetensors: sha256", damaged);
    }

    @Test
    void whatIsNotFiniteIsNamedAndNothingIsWritten() {
        Path to = folder.resolve("merged");
        try (ModelMerge merge = ModelMerge.open(base(), List.of(task(1)))) {
            assertThatThrownBy(() -> merge.write(to, new TaskArithmetic(1e45), "test"))
                    .isInstanceOf(MergeException.class)
                    .hasMessageContaining("what is merged is not finite");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aFolderThatIsThereStays() throws IOException {
        Path there = Files.createDirectory(folder.resolve("there"));
        try (ModelMerge merge = ModelMerge.open(base(), List.of(task(1)))) {
            assertThatThrownBy(() -> merge.write(there, new TaskArithmetic(1), "test"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("there: exists");
        }
        assertThat(there).isEmptyDirectory();
    }

    /** Parameters alone are 26 MB a model, of which a heap of 16 MB cannot hold one. */
    @Test
    void memoryDoesNotGrowWithTheModel() throws Exception {
        String[] large = {"train.steps=1", "model.d_model=64", "model.d_ff=2048", "model.experts=8"};
        List<Path> models = List.of(folder.resolve("a"), folder.resolve("b"), folder.resolve("c"));
        for (Path model : models) {
            List<String> settings = new ArrayList<>(List.of(large));
            settings.add("train.seed=" + model.getFileName().toString().hashCode());
            TrainedRanks.train(SameNumbersTest.recipe(settings.toArray(String[]::new)), Topology.of(1), model);
        }
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx16m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallHeapMerge.class.getName(),
                        models.get(0).toString(),
                        models.get(1).toString(),
                        models.get(2).toString(),
                        folder.resolve("merged").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        for (String method : List.of("ties", "pcb", "twin", "composed")) {
            Path made = folder.resolve("merged-" + method);
            long bytes = 0;
            for (String name : TaskRuns.names(made)) {
                bytes += (long) TaskRuns.values(made, name).length * Float.BYTES;
            }
            assertThat(bytes).as(method).isGreaterThan(24_000_000);
        }
    }
}
