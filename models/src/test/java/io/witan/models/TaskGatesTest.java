package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.moe.TaskRouting.By;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TaskResult;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gates that go by tasks train to the losses of one rank on several, however experts are cut and rows travel, go on exactly, and send tasks to
 * experts of their own.
 */
class TaskGatesTest {
    private static final int STEPS = 12;
    private static final int SAVED = 6;
    private static final String TASKS = "data.tasks=[{name: counting, stories: counting, documents: 100},"
            + " {name: measure, stories: measure, documents: 100, weight: 2}]";

    private static Recipe recipe(By by, String... more) {
        Stream<String> common = Stream.of(
                TASKS,
                "model.gate.task.by=" + by.name().toLowerCase(Locale.ROOT),
                "model.gate.task.count=2",
                "train.steps=" + STEPS,
                "checkpoint.interval=" + SAVED,
                "checkpoint.vault=false",
                "parallel.overlap_degree=2",
                "parallel.memory_capacity=2");
        return SameNumbersTest.recipe(Stream.concat(common, Stream.of(more)).toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource
    void shouldTrainLikeOneRankAndGoOnExactly(By by, @TempDir Path folder) {
        // Noise hangs on where a token stands, which a task's own router must not change.
        String logits = "model.gate.logits=" + (by == By.EMBEDDING ? "linear" : "noisy");
        History alone = TrainedRanks.train(recipe(by, logits, "parallel.policy=ep"), Topology.of(1), null);
        assertThat(alone.losses().getLast()).isLessThan(alone.losses().getFirst());

        Recipe recipe = recipe(by, logits, "parallel.policy=fssdp", "model.recompute=block");
        History together = TrainedRanks.train(recipe, Topology.of(2), folder);
        SameHistory.assertSame(together, alone, 0);
        for (int i = 0; i < STEPS; i++) {
            assertTasks(together.steps().get(i), alone.steps().get(i));
        }
        assertTasks(together.validations().getLast(), alone.validations().getLast());

        Path middle = folder.resolve("checkpoints").resolve("step-%08d".formatted(SAVED));
        History rest = TrainedRanks.resume(recipe, Topology.of(2), null, middle);
        assertThat(rest.losses()).isEqualTo(together.losses().subList(SAVED, STEPS));
        assertThat(rest.norms()).isEqualTo(together.norms().subList(SAVED, STEPS));
        assertThat(rest.steps().getLast().tasks().getFirst().nllSum())
                .isEqualTo(together.steps().getLast().tasks().getFirst().nllSum());
    }

    static Stream<Arguments> arrangements() {
        String halves = "parallel.expert_sharding=2";
        String merged = "parallel.all_to_all=deduplicated";
        return Stream.of(By.BIAS, By.EMBEDDING, By.ROUTER)
                .flatMap(by -> Stream.of(
                        Arguments.of(by, Topology.of(2), new String[] {halves, "parallel.policy=ep"}),
                        Arguments.of(by, Topology.of(2, 2), new String[] {merged, "parallel.pipeline.forward=2"}),
                        Arguments.of(by, Topology.of(2, 2), new String[] {halves, merged})));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainLikeOneRankWithExpertsInShardsAndTokensSentOnce(
            By by, Topology topology, String[] settings, @TempDir Path folder) {
        History alone = TrainedRanks.train(recipe(by), Topology.of(1), null);
        History together = TrainedRanks.train(recipe(by, settings), topology, null);

        SameHistory.assertSame(together, alone, 0);
        for (int i = 0; i < STEPS; i++) {
            assertTasks(together.steps().get(i), alone.steps().get(i));
        }
        assertTasks(together.validations().getLast(), alone.validations().getLast());
        assertSameFirstGradients(by, topology, settings, folder);
    }

    private static void assertSameFirstGradients(By by, Topology topology, String[] settings, Path folder) {
        String[] plain = {"train.stop_after=1", "train.clip_norm=0"};
        String[] arranged =
                Stream.concat(Arrays.stream(plain), Arrays.stream(settings)).toArray(String[]::new);
        TrainedRanks.train(recipe(by, plain), Topology.of(1), folder.resolve("alone"));
        TrainedRanks.train(recipe(by, arranged), topology, folder.resolve("together"));

        List<String> same = FirstGradients.assertSame(
                folder.resolve("together"), folder.resolve("alone"), name -> !name.contains(".experts."));
        String own = by == By.ROUTER ? ".router.1" : ".router.task_" + by.name().toLowerCase(Locale.ROOT);
        assertThat(same).filteredOn(name -> name.endsWith(own)).hasSize(2);
    }

    /** Experts take as many mixtures here as there are tokens. */
    @Test
    void shouldCountNoMixturesAsTokensOfTasks() {
        String[] soft = {"model.gate.select=soft", "model.experts=8", "model.gate.slots=4", "train.steps=1"};
        StepResult step = TrainedRanks.train(recipe(By.NONE, soft), Topology.of(1), null)
                .steps()
                .getFirst();
        assertThat(step.expertLoad()[0]).containsOnly(8 * 4);
        for (TaskResult task : step.tasks()) {
            assertThat(task.nllSum()).isPositive();
            assertThat(task.expertLoad()).isDeepEqualTo(new long[2][8]);
        }
    }

    /** Parts of tasks make up the whole, and are the same on two ranks as on one. */
    private static void assertTasks(StepResult together, StepResult alone) {
        assertThat(together.tasks()).extracting(TaskResult::task).containsExactly("counting", "measure");
        long targets = 0;
        double nats = 0;
        for (int task = 0; task < 2; task++) {
            TaskResult own = together.tasks().get(task);
            TaskResult expected = alone.tasks().get(task);
            assertThat(own.targets()).isEqualTo(expected.targets());
            assertThat(own.perToken()).isCloseTo(expected.perToken(), within(1e-4 * Math.max(1, own.perToken())));
            SameHistory.assertSameLoad(own.expertLoad(), expected.expertLoad(), Math.toIntExact(together.step()));
            targets += own.targets();
            nats += own.nllSum();
        }
        assertThat(nats / targets).isCloseTo(together.loss(), within(1e-5));
        for (int l = 0; l < together.expertLoad().length; l++) {
            long[] sum = together.tasks().getFirst().expertLoad()[l].clone();
            long[] other = together.tasks().getLast().expertLoad()[l];
            Arrays.setAll(sum, e -> sum[e] + other[e]);
            assertThat(sum).isEqualTo(together.expertLoad()[l]);
        }
    }

    private static void assertTasks(Evaluator.Result together, Evaluator.Result alone) {
        assertThat(together.tasks()).hasSize(2).allSatisfy(task -> assertThat(task.targets())
                .isPositive());
        assertThat(together.tasks().stream().mapToDouble(TaskResult::nllSum).sum())
                .isCloseTo(together.nllSum(), within(1e-4 * together.nllSum()));
        assertThat(together.tasks().stream().mapToLong(TaskResult::targets).sum())
                .isEqualTo(together.targets());
        for (int task = 0; task < 2; task++) {
            assertThat(together.tasks().get(task).perToken())
                    .isCloseTo(alone.tasks().get(task).perToken(), within(1e-3));
        }
    }

    /**
     * Both tasks have about the same letters, so a gate that does not know them loads experts alike for both. Biases, which start at 0, do
     * too after so few steps.
     */
    @ParameterizedTest
    @EnumSource(names = {"EMBEDDING", "ROUTER"})
    void shouldSendTasksToExpertsOfTheirOwn(By by) {
        String[] free = {"model.aux_loss=0", "train.steps=40", "train.eval_interval=0", "train.lr=0.01"};
        double apart = apart(TrainedRanks.train(recipe(by, free), Topology.of(1), null));
        double alike = apart(TrainedRanks.train(recipe(By.NONE, free), Topology.of(1), null));
        assertThat(apart).as("distance of loads, without tasks %f", alike).isGreaterThan(2 * alike);
    }

    /** Half the sum of differences between the tasks' shares of experts, the mean over layers and the last steps: 0 alike, 1 disjoint. */
    private static double apart(History history) {
        List<StepResult> last = history.steps().subList(30, 40);
        double sum = 0;
        for (int l = 0; l < 2; l++) {
            double[] first = share(last, 0, l);
            double[] second = share(last, 1, l);
            for (int e = 0; e < first.length; e++) {
                sum += Math.abs(first[e] - second[e]) / 2 / 2;
            }
        }
        return sum;
    }

    private static double[] share(List<StepResult> steps, int task, int layer) {
        double[] load = new double[6];
        for (StepResult step : steps) {
            long[] own = step.tasks().get(task).expertLoad()[layer];
            Arrays.setAll(load, e -> load[e] + own[e]);
        }
        double total = Arrays.stream(load).sum();
        return Arrays.stream(load).map(value -> value / total).toArray();
    }

    @Test
    void shouldRefuseACheckpointOfOtherTasks(@TempDir Path folder) {
        TrainedRanks.train(recipe(By.BIAS, "train.stop_after=1"), Topology.of(1), folder);
        assertThatThrownBy(() -> TrainedRanks.resume(recipe(By.ROUTER), Topology.of(1), folder.resolve("new"), folder))
                .hasMessageContaining("model differs")
                .hasMessageContaining("task_router=2")
                .hasMessageContaining("task_bias=2");
        String renamed = TASKS.replace("measure, stories", "other, stories");
        assertThatThrownBy(() ->
                        TrainedRanks.resume(recipe(By.BIAS, renamed), Topology.of(1), folder.resolve("new"), folder))
                .hasMessageContaining("data differs");
    }

    @Test
    void shouldGenerateTextOfATask(@TempDir Path folder) {
        TrainedRanks.train(recipe(By.ROUTER, "train.lr=0.01", "train.steps=30"), Topology.of(1), folder);
        try (TrainedModel model = TrainedModel.open(folder, 1)) {
            String usual = model.generate(sample(Optional.empty()), 1);
            String counting = model.generate(sample(Optional.of("counting")), 1);
            String measure = model.generate(sample(Optional.of("measure")), 1);
            assertThat(counting).as("the first task is the usual one").isEqualTo(usual);
            assertThat(measure).isNotEqualTo(counting);
            assertThatThrownBy(() -> model.generate(sample(Optional.of("poetry")), 1))
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("task poetry is not in data.tasks, which has counting, measure");
        }
    }

    private static SampleConfig sample(Optional<String> task) {
        return new SampleConfig("Ann has ", 60, 1, 0, task);
    }
}
