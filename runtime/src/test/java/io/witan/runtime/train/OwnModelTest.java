package io.witan.runtime.train;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that is no language model, on batches that are no tokens, against a plain computation in double. */
class OwnModelTest {
    private static final List<String> TASKS = List.of("often", "sometimes", "rarely");
    private static final double[] WEIGHTS = {1, 2, 0.5};
    private static final int ROWS = 24;
    private static final int STEPS = 9;
    private static final int OF_PHASE = 3;
    private static final double RATE = 0.05;
    private static final double DISTANCE = 2e-5;

    /** Loss and parameters after each step. */
    private record Course(List<Double> losses, List<double[]> parameters) {}

    @ParameterizedTest
    @CsvSource({"1, 1, false", "3, 2, false", "1, 1, true", "2, 1, true", "1, 4, true", "3, 2, true", "2, 12, true"})
    void shouldTrainLikeThePlainComputation(int ranks, int microBatches, boolean balanced) {
        MeasuredRows.Data data = new MeasuredRows.Data(7, ROWS, microBatches, TASKS);
        List<Course> courses =
                Ranks.run(Topology.of(ranks), runtime -> train(runtime, data, balanced, StateMemory::inPlace));
        double[] start = courses.getFirst().parameters().getFirst();
        PlainTraining plain = new PlainTraining(
                Arrays.copyOf(start, MeasuredRows.FEATURES),
                Arrays.copyOfRange(start, MeasuredRows.FEATURES, start.length));

        for (int step = 1; step <= STEPS; step++) {
            int phase = (step - 1) / OF_PHASE;
            if (step == 2 * OF_PHASE + 1) {
                plain.weightStartsAnew();
            }
            double loss =
                    plain.step(data.whole((step - 1) % OF_PHASE), balanced ? WEIGHTS : new double[0], RATE, phase != 1);
            for (Course course : courses) {
                assertThat(course.losses().get(step - 1))
                        .as("loss of step %d", step)
                        .isCloseTo(loss, within(DISTANCE));
                assertThat(course.parameters().get(step))
                        .as("after step %d", step)
                        .containsExactly(plain.all(), within(DISTANCE));
            }
        }
    }

    /** What is trained, what is frozen in the second phase, and experts, which no token came through. */
    @Test
    void shouldTellChecksumsOfAllThatIsCommitted() {
        MeasuredRows.Data data = new MeasuredRows.Data(7, ROWS, 1, TASKS);
        List<Boolean> done = Ranks.run(Topology.of(2), runtime -> {
            List<ToldMemory> memories = new ArrayList<>();
            train(runtime, data, false, (regions, exchange) -> {
                memories.add(new ToldMemory(regions));
                return memories.getFirst();
            });
            assertThat(memories.getFirst().commits()).isEqualTo(STEPS);
            return true;
        });
        assertThat(done).containsExactly(true, true);
    }

    /** The weight is frozen in the second of three phases. */
    private static TrainingPhases<MeasuredRows> phases(MeasuredRows.Data data) {
        LearningRate rate = new LearningRate(RATE, 0, 0, OF_PHASE, LearningRate.Schedule.CONSTANT);
        return new TrainingPhases<>(List.of(
                new TrainingPhases.Part<>(new TrainingPhase("both", OF_PHASE, rate), data),
                new TrainingPhases.Part<>(
                        new TrainingPhase(
                                "bias", OF_PHASE, rate, spec -> spec.name().equals(LinearModel.BIAS)),
                        data),
                new TrainingPhases.Part<>(new TrainingPhase("again", OF_PHASE, rate), data)));
    }

    private static Course train(
            RankRuntime runtime, MeasuredRows.Data data, boolean balanced, StateMemory.Factory memory) {
        TrainConfig config = new TrainConfig(
                STEPS,
                7,
                ROWS,
                data.microBatches(),
                RATE,
                0,
                0,
                LearningRate.Schedule.CONSTANT,
                PlainTraining.BETA1,
                PlainTraining.BETA2,
                PlainTraining.EPSILON,
                PlainTraining.DECAY,
                0,
                1,
                0,
                0,
                0);
        int[] owner = IntStream.range(0, LinearModel.MOE.experts())
                .map(e -> e % runtime.size())
                .toArray();
        try (TrainingState state =
                TrainingState.allocate(LinearModel.declare(TASKS.size()), new int[][] {owner}, memory, runtime)) {
            state.initialize(new NormalInitializer(3));
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LinearModel.MOE.expertLayout(), 0);
            LinearModel model = new LinearModel(
                    state,
                    List.of(LinearModel.moe(runtime, state, owner, buffers)),
                    balanced ? Optional.of(new TaskBalance(WEIGHTS)) : Optional.empty());
            Course course = new Course(new ArrayList<>(), new ArrayList<>(List.of(parameters(state))));
            new TrainingLoop<>(
                            new TrainingLoop.Parts<>(
                                    runtime,
                                    model,
                                    phases(data),
                                    config,
                                    new ExpertParallelPolicy(),
                                    5,
                                    new MemoryMeter(runtime, state, buffers),
                                    Optional.empty()),
                            null,
                            new TrainingLoop.Saving(null, null, 0),
                            new Records(state, course))
                    .run(0, false, () -> false);
            return course;
        }
    }

    private static double[] parameters(TrainingState state) {
        return DoubleStream.concat(
                        values(state.parameter(LinearModel.WEIGHT)), values(state.parameter(LinearModel.BIAS)))
                .toArray();
    }

    private static DoubleStream values(Parameter parameter) {
        return IntStream.range(0, (int) parameter.spec().count())
                .mapToDouble(i -> parameter.value().getAtIndex(JAVA_FLOAT, i));
    }

    private record Records(TrainingState state, Course course) implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            course.losses().add(result.loss());
            course.parameters().add(parameters(state));
        }

        @Override
        public void validated(long step, Evaluator.Result result) {}

        @Override
        public void checkpointed(long step, Path folder) {}
    }
}
