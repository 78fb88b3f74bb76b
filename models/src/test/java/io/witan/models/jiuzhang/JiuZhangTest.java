package io.witan.models.jiuzhang;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.jiuzhang.JiuZhangRanks.History;
import io.witan.models.jiuzhang.JiuZhangRanks.Sections;
import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.collate.SecondPass;
import io.witan.models.jiuzhang.collate.Side;
import io.witan.models.seq2seq.DecoderTensors;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.BatchLoss;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingPhase;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JiuZhangTest {
    private static final List<String> CHECKED = List.of(
            GptMoeTensors.TOKEN,
            GptMoeTensors.POSITION,
            GptMoeTensors.layer(0) + GptMoeTensors.ATTENTION_QKV,
            GptMoeTensors.router(1),
            GptMoeTensors.FINAL_NORM + GptMoeTensors.GAIN,
            JiuZhangTensors.understanding(0) + DecoderTensors.INNER,
            JiuZhangTensors.UNDERSTANDING_NORM + GptMoeTensors.GAIN,
            DecoderTensors.generation(0) + DecoderTensors.CROSS_KEY_VALUE,
            DecoderTensors.generation(0) + GptMoeTensors.ATTENTION_QKV,
            DecoderTensors.GENERATION_NORM + GptMoeTensors.BIAS);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() {
        SmallProblems.write(folder);
    }

    @Test
    void oneTwoAndThreeRanksTrainAlikeInEveryPhase() {
        Sections sections = JiuZhangRanks.small(folder);
        History one = JiuZhangRanks.train(sections, 1);
        for (int ranks : new int[] {2, 3}) {
            History several = JiuZhangRanks.train(sections, ranks);
            assertThat(several.steps().getFirst().expertLoad())
                    .isEqualTo(one.steps().getFirst().expertLoad());
            for (int step = 0; step < one.steps().size(); step++) {
                StepResult expected = one.steps().get(step);
                StepResult actual = several.steps().get(step);
                assertThat(actual.loss()).as("step " + (step + 1)).isCloseTo(expected.loss(), within(2e-4));
                assertThat(actual.gradNorm()).isCloseTo(expected.gradNorm(), within(2e-3 * expected.gradNorm()));
            }
            for (int i = 0; i < one.validations().size(); i++) {
                assertThat(several.validations().get(i).perToken())
                        .isCloseTo(one.validations().get(i).perToken(), within(1e-3));
            }
            assertThat(several.report()).isEqualTo(one.report());
        }
    }

    /** Gradients of what a pass trains on, by dense tensor. */
    private static Map<String, float[]> gradients(JiuZhang model) {
        Map<String, float[]> gradients = new TreeMap<>();
        for (String name : CHECKED) {
            gradients.put(name, model.state().parameter(name).gradient().toArray(JAVA_FLOAT));
        }
        return gradients;
    }

    private static void clear(TrainingState state) {
        state.dense()
                .tensors()
                .forEach(spec -> state.parameter(spec.name()).gradient().fill((byte) 0));
    }

    /** Does something with the model inside of a step, once in each phase, and trains nothing of its own. */
    private abstract static class Probe implements TrainableModel<RowBatch> {
        final JiuZhang model;
        final JiuZhangData data;
        private String phase = "";
        private String probed = "";

        Probe(JiuZhang model, JiuZhangData data) {
            this.model = model;
            this.data = data;
        }

        abstract void probe(String phase, RowBatch batch, StepContext context);

        @Override
        public void beginPhase(TrainingPhase begun) {
            phase = begun.name();
            model.beginPhase(begun);
        }

        @Override
        public BatchLoss forwardBackward(RowBatch batch, StepContext context, GradientProgress progress) {
            if (!probed.equals(phase)) {
                probed = phase;
                probe(phase, batch, context);
                clear(model.state());
            }
            return model.forwardBackward(batch, context, progress);
        }

        @Override
        public TrainingState state() {
            return model.state();
        }

        @Override
        public List<MoeLayer> moeLayers() {
            return model.moeLayers();
        }

        @Override
        public BatchLoss evaluate(RowBatch batch) {
            return model.evaluate(batch);
        }
    }

    /** As in a micro-batch that is not the last, and with rows that count by their targets alone. */
    private static StepContext alone(StepContext context) {
        return new StepContext(context.step(), context.firstToken(), context.targets(), context.tokens(), 0, 2);
    }

    /** Along the gradient of a tensor the loss rises by its length. */
    private static final class Differences extends Probe {
        private static final float STEP = 0.01f;
        private int checked;

        Differences(JiuZhang model, JiuZhangData data) {
            super(model, data);
        }

        @Override
        void probe(String phase, RowBatch batch, StepContext context) {
            if (phase.equals(Phases.CHECKING)) {
                return;
            }
            model.forwardBackward(batch, alone(context), GradientProgress.NONE);
            gradients(model).forEach((name, gradient) -> {
                double length = Math.sqrt(IntStream.range(0, gradient.length)
                        .mapToDouble(i -> (double) gradient[i] * gradient[i])
                        .sum());
                if (length > 0.01) {
                    Parameter parameter = model.state().parameter(name);
                    double slope = (moved(parameter, gradient, STEP / length, batch)
                                    - moved(parameter, gradient, -STEP / length, batch))
                            / (2 * STEP * context.targets());
                    assertThat(slope).as(phase + " " + name).isCloseTo(length, within(0.03 * length));
                    checked++;
                }
            });
        }

        private double moved(Parameter parameter, float[] gradient, double factor, RowBatch batch) {
            MemorySegment value = parameter.value();
            float[] before = value.toArray(JAVA_FLOAT);
            for (int i = 0; i < gradient.length; i++) {
                value.setAtIndex(JAVA_FLOAT, i, (float) (before[i] + factor * gradient[i]));
            }
            double loss = model.evaluate(batch).sum();
            MemorySegment.copy(before, 0, value, JAVA_FLOAT, 0, before.length);
            return loss;
        }
    }

    @Test
    void gradientsAreTheSlopesOfTheLoss() {
        // All experts of all tokens, so that no choice jumps, and no loss of the gate's own.
        Sections sections = JiuZhangRanks.small(
                folder, "model.top_k=4", "model.aux_loss=0", "model.z_loss=0", "train.global_batch=12");
        Differences[] probe = new Differences[1];
        JiuZhangRanks.train(sections, 1, (model, data) -> probe[0] = new Differences(model, data));
        assertThat(probe[0].checked).isGreaterThan(15);
    }

    /** The two passes of a batch against the same rows as two batches of one pass. */
    private static final class Passes extends Probe {
        private static final TrainingPhase OTHER =
                new TrainingPhase("masked", 1, new LearningRate(0, 0, 0, 1, LearningRate.Schedule.CONSTANT));
        private int secondRows;

        Passes(JiuZhang model, JiuZhangData data) {
            super(model, data);
        }

        @Override
        void probe(String phase, RowBatch batch, StepContext context) {
            if (!phase.equals(Phases.CHECKING)) {
                return;
            }
            BatchLoss together = model.forwardBackward(batch, alone(context), GradientProgress.NONE);
            Map<String, float[]> expected = gradients(model);
            clear(model.state());
            model.beginPhase(OTHER);
            RowBatch firsts = new RowBatch(
                    batch.all().stream().map(row -> row.checked(null)).toList());
            double first = model.forwardBackward(firsts, alone(context), GradientProgress.NONE)
                    .sum();
            int[][] told = model.evaluate(batch.all()).told();
            SecondPass pass = new SecondPass(data.vocabulary());
            List<Row> rows = IntStream.range(0, batch.all().size())
                    .filter(row -> batch.all().get(row).second() != null)
                    .mapToObj(row -> pass.of(batch.all().get(row), told[row]))
                    .toList();
            double second = model.forwardBackward(new RowBatch(rows), alone(context), GradientProgress.NONE)
                    .sum();
            secondRows = rows.size();
            assertThat(together.sum()).isCloseTo(first + second, within(1e-5 * together.sum()));
            gradients(model).forEach((name, gradient) -> {
                float[] of = expected.get(name);
                double difference = 0;
                double size = 0;
                for (int i = 0; i < of.length; i++) {
                    difference += Math.pow(of[i] - gradient[i], 2);
                    size += Math.pow(of[i], 2);
                }
                assertThat(Math.sqrt(difference)).as(name).isLessThan(1e-5 * Math.sqrt(size) + 1e-9);
            });
            model.beginPhase(new TrainingPhase(Phases.CHECKING, 1, OTHER.rate()));
        }
    }

    @Test
    void whatTheFirstPassToldIsNotDifferentiated() {
        Sections sections = JiuZhangRanks.small(folder, "train.global_batch=12");
        Passes[] probe = new Passes[1];
        JiuZhangRanks.train(sections, 1, (model, data) -> probe[0] = new Passes(model, data));
        assertThat(probe[0].secondRows).isGreaterThan(4);
    }

    @Test
    void rowsOfOneSideLeaveTheOtherAsItIs() {
        Sections sections = JiuZhangRanks.small(folder, "train.global_batch=12");
        int[] checked = new int[1];
        JiuZhangRanks.train(sections, 1, (model, data) -> new Probe(model, data) {
            @Override
            void probe(String phase, RowBatch batch, StepContext context) {
                for (Side side : Side.values()) {
                    List<Row> rows = batch.all().stream()
                            .filter(row -> row.side() == side && row.second() == null)
                            .toList();
                    clear(model.state());
                    model.forwardBackward(new RowBatch(rows), alone(context), GradientProgress.NONE);
                    gradients(model).forEach((name, gradient) -> {
                        boolean ofOther = name.startsWith(side == Side.UNDERSTANDING ? "generation" : "understanding");
                        boolean zero = IntStream.range(0, gradient.length).allMatch(i -> gradient[i] == 0);
                        if (ofOther) {
                            assertThat(zero).as(name).isTrue();
                            checked[0]++;
                        }
                    });
                }
            }
        });
        assertThat(checked[0]).isPositive();
    }

    @Test
    void longTrainingLearnsTheSmallProblems() {
        Sections sections = JiuZhangRanks.small(
                folder,
                "train.steps=160",
                "train.eval_interval=40",
                "train.global_batch=12",
                "train.lr=0.01",
                "jiuzhang.tuning_lr=0.01",
                "jiuzhang.masked_steps=40",
                "jiuzhang.logic_steps=40",
                "jiuzhang.checking_steps=40",
                "jiuzhang.tuning_steps=40");
        History history = JiuZhangRanks.train(sections, 1);
        for (int phase = 0; phase < 4; phase++) {
            List<StepResult> steps = history.steps().subList(40 * phase, 40 * phase + 40);
            double begin = mean(steps.subList(0, 5));
            double end = mean(steps.subList(35, 40));
            assertThat(end).as("phase " + phase).isLessThan(0.9 * begin);
        }
        assertThat(history.report()).hasSizeGreaterThan(9).noneMatch(measure -> measure.line()
                .contains("NaN"));
    }

    private static double mean(List<StepResult> steps) {
        return steps.stream().collect(Collectors.averagingDouble(StepResult::loss));
    }

    @Test
    void stepsOfPhasesMustAddUp() {
        Sections sections = JiuZhangRanks.small(folder, "train.steps=9");
        assertThatThrownBy(() -> JiuZhangRanks.train(sections, 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.steps 9 must be the steps of all phases");
    }

    @Test
    void loadsOfTasksAddUpToAllLoads() {
        History history = JiuZhangRanks.train(JiuZhangRanks.small(folder), 2);
        for (StepResult step : history.steps()) {
            for (int layer = 0; layer < step.expertLoad().length; layer++) {
                int l = layer;
                long ofTasks = step.tasks().stream()
                        .mapToLong(task -> Arrays.stream(task.expertLoad()[l]).sum())
                        .sum();
                assertThat(ofTasks)
                        .isEqualTo(Arrays.stream(step.expertLoad()[l]).sum());
            }
        }
    }
}
