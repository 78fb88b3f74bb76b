package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.CheckpointNames;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.PhasePlace;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhase;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of three phases: what is frozen, what starts anew, and that they go on in the middle as if they had never stopped. */
class PhasesTest {
    private static final int STEPS = 12;
    private static final int OF_PHASE = 4;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final Topology TWO = Topology.of(2);

    private static Recipe recipe(String... settings) {
        return SameNumbersTest.recipe(Stream.concat(Stream.of("train.clip_norm=0"), Stream.of(settings))
                .toArray(String[]::new));
    }

    /** Everything; no expert and not all of the rest; experts but the first, and one dense tensor. */
    private static List<TrainingPhase> phases() {
        return List.of(
                phase("whole", 0.01, _ -> true),
                phase("dense", 0.002, spec -> !spec.isExpert() && !spec.name().startsWith("layers.0.attention")),
                phase("experts", 0.004, spec -> spec.expert() > 0 || spec.name().equals("head")));
    }

    private static TrainingPhase phase(String name, double rate, Predicate<ParameterSpec> trained) {
        return new TrainingPhase(
                name, OF_PHASE, new LearningRate(rate, rate / 10, 1, OF_PHASE, LearningRate.Schedule.COSINE), trained);
    }

    private static Supplier<ModelFamily<?, ?>> family(Recipe recipe, List<TrainingPhase> phases) {
        return () -> new PhasedGpt(recipe, recipe("train.seed=5"), phases);
    }

    private static History train(Recipe recipe, Topology topology, Path out, List<TrainingPhase> phases) {
        return TrainedRanks.trainFamily(family(recipe, phases), recipe, topology, out, TrainedRanks::train);
    }

    private static History resume(Recipe recipe, Path folder, List<TrainingPhase> phases) {
        return TrainedRanks.resumeFamily(family(recipe, phases), recipe, TWO, folder, TrainedRanks::train);
    }

    @ParameterizedTest
    @CsvSource({"1, false, whole", "2, false, whole", "1, true, whole", "2, true, whole", "2, true, sliced"})
    void shouldKeepEveryBitOfWhatIsFrozen(int ranks, boolean vault, String sharding, @TempDir Path folder) {
        Recipe recipe = recipe(
                "checkpoint.interval=1",
                "checkpoint.keep=" + STEPS,
                "checkpoint.vault=" + vault,
                "parallel.policy=" + (sharding.equals("sliced") ? "sharded_experts" : "fssdp"));
        History history = train(recipe, Topology.of(ranks), folder, phases());

        Map<String, ParameterSpec> specs = SavedTensors.specs(recipe);
        for (int step = 2; step <= STEPS; step++) {
            Predicate<ParameterSpec> trained =
                    phases().get((step - 1) / OF_PHASE).trained();
            Map<String, float[]> before = SavedTensors.read(folder, step - 1);
            Map<String, float[]> after = SavedTensors.read(folder, step);
            StepResult result = history.steps().get(step - 1);
            for (ParameterSpec spec : specs.values()) {
                boolean moves = trained.test(spec)
                        && (!spec.isExpert() || result.expertLoad()[spec.layer()][spec.expert()] > 0);
                for (String name : SavedTensors.withMoments(spec.name())) {
                    assertThat(Arrays.equals(after.get(name), before.get(name)))
                            .as("step %d: %s is as before", step, name)
                            .isEqualTo(!moves);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 5, 7, 8, 10})
    void shouldResumeBitForBit(int stop, @TempDir Path folder) {
        Path whole = folder.resolve("whole");
        Path stopped = folder.resolve("stopped");
        History uninterrupted = train(recipe(), TWO, whole, phases());
        train(recipe("train.stop_after=" + stop), TWO, stopped, phases());
        History rest = resume(recipe(), stopped, phases());

        assertGoesOn(rest, uninterrupted, stop);
        assertSameState(stopped, whole);
    }

    /** What a rank that dies leaves is in its vault alone. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4, 6, 8, 9})
    void shouldGoOnFromTheVaultBitForBit(int last, @TempDir Path folder) {
        Path whole = folder.resolve("whole");
        Path left = folder.resolve("left");
        Recipe recipe = recipe("checkpoint.vault=true", "checkpoint.interval=0");
        History uninterrupted = train(recipe, TWO, whole, phases());
        TrainedRanks.Training dying =
                (run, rank, recorder) -> assertThatThrownBy(() -> run.train(new Dies(last + 1), () -> false))
                        .isInstanceOf(DeathException.class);
        TrainedRanks.trainFamily(family(recipe, phases()), recipe, TWO, left, dying);
        History rest = resume(recipe, left, phases());

        assertGoesOn(rest, uninterrupted, last);
        assertSameState(left, whole);
    }

    private static void assertGoesOn(History rest, History uninterrupted, int completed) {
        assertThat(rest.losses()).isEqualTo(uninterrupted.losses().subList(completed, STEPS));
        assertThat(rest.norms()).isEqualTo(uninterrupted.norms().subList(completed, STEPS));
        assertThat(rest.validations().getLast())
                .isEqualTo(uninterrupted.validations().getLast());
    }

    private static void assertSameState(Path actual, Path expected) {
        Map<String, float[]> state = SavedTensors.read(actual, STEPS);
        SavedTensors.read(expected, STEPS).forEach((name, values) -> assertThat(Arrays.equals(state.get(name), values))
                .as(name)
                .isTrue());
    }

    private static final class DeathException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Dies with a step's state written but not committed. */
    private record Dies(int step) implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            if (result.step() == step) {
                throw new DeathException();
            }
        }

        @Override
        public void validated(long validated, Evaluator.Result result) {}

        @Override
        public void checkpointed(long saved, Path checkpoint) {}
    }

    /**
     * After the first update of fresh moments v = (1 - beta2) g^2 and m = (1 - beta1) g; and with the bias correction of a first
     * update every element goes by the learning rate.
     */
    @Test
    void shouldStartAnewWhatWasFrozenBefore(@TempDir Path folder) {
        Recipe recipe = recipe("checkpoint.interval=1", "checkpoint.keep=" + STEPS, "train.weight_decay=0");
        train(recipe, TWO, folder, phases());
        Map<String, float[]> before = SavedTensors.read(folder, 8);
        Map<String, float[]> after = SavedTensors.read(folder, 9);

        for (ParameterSpec spec : SavedTensors.specs(recipe).values()) {
            if (spec.expert() > 0) {
                assertThat(freshness(after, spec.name())).as(spec.name()).isLessThan(1e-4);
                assertThat(largestStep(before, after, spec.name()))
                        .as(spec.name())
                        .isCloseTo(0.004, withinPercentage(1));
            }
        }
        assertThat(freshness(after, "head")).as("the head goes on").isGreaterThan(0.1);
    }

    /** Largest relative distance of v from what follows from m, over elements that are not tiny. */
    private static double freshness(Map<String, float[]> tensors, String name) {
        float[] m = tensors.get(CheckpointNames.firstMoment(name));
        float[] v = tensors.get(CheckpointNames.secondMoment(name));
        double largest = 0;
        for (int i = 0; i < m.length; i++) {
            double expected = (1 - BETA2) * Math.pow(m[i] / (1 - BETA1), 2);
            if (v[i] > 1e-20) {
                largest = Math.max(largest, Math.abs(v[i] - expected) / v[i]);
            }
        }
        return largest;
    }

    private static double largestStep(Map<String, float[]> before, Map<String, float[]> after, String name) {
        double largest = 0;
        for (int i = 0; i < before.get(name).length; i++) {
            largest = Math.max(largest, Math.abs(after.get(name)[i] - before.get(name)[i]));
        }
        return largest;
    }

    /** Of phases that train one thing each, the moments after a phase's first step are all of the step's gradient. */
    @Test
    void shouldNotCountFrozenGradientsInTheNorm(@TempDir Path folder) {
        Recipe recipe = recipe("checkpoint.interval=1", "checkpoint.keep=" + STEPS);
        List<TrainingPhase> phases = List.of(
                phase("embedding", 0.01, spec -> spec.name().startsWith("embedding")),
                phase("experts", 0.01, ParameterSpec::isExpert),
                phase("some", 0.01, spec -> spec.layer() == 1 && spec.expert() % 2 == 0));
        History history = train(recipe, TWO, folder, phases);

        for (int first : new int[] {1, 5}) {
            Map<String, float[]> after = SavedTensors.read(folder, first);
            double sum = 0;
            for (ParameterSpec spec : SavedTensors.specs(recipe).values()) {
                if (phases.get(first / OF_PHASE).trained().test(spec)) {
                    for (float m : after.get(CheckpointNames.firstMoment(spec.name()))) {
                        sum += Math.pow(m / (1 - BETA1), 2);
                    }
                }
            }
            assertThat(history.norms().get(first - 1)).isCloseTo(Math.sqrt(sum), withinPercentage(0.001));
        }
        assertThat(history.norms().get(8)).isLessThan(history.norms().get(7));
    }

    @Test
    void shouldNotReduceGradientsOfFrozenExperts() {
        History history = train(recipe(), TWO, null, phases());

        List<Boolean> reduced = history.steps().stream()
                .map(step -> step.traffic().sparseReduceScatterBytes() > 0)
                .toList();
        assertThat(reduced.subList(0, OF_PHASE)).containsOnly(true);
        assertThat(reduced.subList(OF_PHASE, 2 * OF_PHASE)).containsOnly(false);
        assertThat(reduced.subList(2 * OF_PHASE, STEPS)).containsOnly(true);
    }

    @Test
    void shouldTrainLikeOneRank() {
        History alone = train(recipe(), Topology.of(1), null, phases());
        History together = train(recipe(), TWO, null, phases());

        for (int i = 0; i < STEPS; i++) {
            assertThat(together.losses().get(i)).isCloseTo(alone.losses().get(i), withinPercentage(0.01));
            assertThat(together.norms().get(i)).isCloseTo(alone.norms().get(i), withinPercentage(0.1));
        }
    }

    @Test
    void shouldBeOnePhaseWithoutPhases(@TempDir Path folder) {
        LearningRate rate = recipe().train().learningRate();
        History plain = TrainedRanks.train(recipe(), TWO, folder.resolve("plain"));
        History phased = train(recipe(), TWO, folder.resolve("phased"), List.of(new TrainingPhase("all", STEPS, rate)));

        assertThat(phased.losses()).isEqualTo(plain.losses());
        assertThat(phased.norms()).isEqualTo(plain.norms());
        assertSameState(folder.resolve("phased"), folder.resolve("plain"));
    }

    @Test
    void shouldTellOfPhasesAndValidateByTheirData(@TempDir Path folder) {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        Recipe stopped = recipe("train.stop_after=6", "train.eval_interval=0");
        TrainedRanks.trainFamily(family(stopped, phases()), stopped, TWO, folder, telling(told));
        assertThat(told).containsExactly("whole from 1", "validated 4", "dense from 5");
        told.clear();
        Recipe whole = recipe("train.eval_interval=0");
        TrainedRanks.resumeFamily(family(whole, phases()), whole, TWO, folder, telling(told));
        assertThat(told).containsExactly("dense from 7", "validated 8", "experts from 9", "validated 12");
    }

    private static TrainedRanks.Training telling(List<String> told) {
        return (run, rank, recorder) -> {
            TrainingObserver observer = rank > 0 ? recorder : new Tells(told);
            run.train(observer, () -> false);
        };
    }

    private record Tells(List<String> told) implements TrainingObserver {
        @Override
        public void phaseBegan(long step, PhasePlace place) {
            told.add(place.phase().name() + " from " + step);
        }

        @Override
        public void stepCompleted(StepResult result) {}

        @Override
        public void validated(long step, Evaluator.Result result) {
            told.add("validated " + step);
        }

        @Override
        public void checkpointed(long step, Path folder) {}
    }

    @Test
    void shouldFollowTheRateOfThePhase() {
        History history = train(recipe(), Topology.of(1), null, phases());
        List<Double> rates =
                history.steps().stream().map(StepResult::learningRate).toList();

        for (int i = 0; i < STEPS; i++) {
            double expected = phases().get(i / OF_PHASE).rate().at(i % OF_PHASE + 1);
            assertThat(rates.get(i)).isCloseTo(expected, within(0.0));
        }
    }

    @Test
    void shouldRefuseToFreezeAPartOfAnExpert() {
        List<TrainingPhase> half = new ArrayList<>(phases());
        half.set(1, phase("half", 0.01, spec -> spec.name().endsWith(".w1")));

        assertThatThrownBy(() -> train(recipe(), Topology.of(1), null, half))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("trained or frozen as a whole")
                .hasMessageContaining("L00.E000");
    }

    @Test
    void shouldRefuseOtherStepsThanTheRecipes() {
        assertThatThrownBy(() -> train(recipe(), Topology.of(1), null, phases().subList(0, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 steps")
                .hasMessageContaining("train.steps is 12");
    }
}
