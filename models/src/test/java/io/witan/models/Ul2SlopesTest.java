package io.witan.models;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.seq2seq.DecoderTensors;
import io.witan.models.ul2.DenoisedBatch;
import io.witan.models.ul2.Ul2;
import io.witan.models.ul2.Ul2Family;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.BatchLoss;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.train.dense.GradientProgress;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Along the gradient of a tensor the loss rises by its length, on both sides of the model. */
class Ul2SlopesTest {
    private static final List<String> CHECKED = List.of(
            GptMoeTensors.TOKEN,
            GptMoeTensors.POSITION,
            GptMoeTensors.layer(0) + GptMoeTensors.ATTENTION_QKV,
            GptMoeTensors.router(1),
            GptMoeTensors.FINAL_NORM + GptMoeTensors.GAIN,
            DecoderTensors.generation(0) + DecoderTensors.CROSS_KEY_VALUE,
            DecoderTensors.generation(0) + DecoderTensors.INNER,
            DecoderTensors.GENERATION_NORM + GptMoeTensors.BIAS);

    /** Checks inside of the first step, and trains nothing of its own. */
    private static final class Probe implements TrainableModel<DenoisedBatch> {
        private static final double STEP = 0.01;

        private final Ul2 model;
        private final List<String> checked = new ArrayList<>();

        Probe(Ul2 model) {
            this.model = model;
        }

        @Override
        public BatchLoss forwardBackward(DenoisedBatch batch, StepContext context, GradientProgress progress) {
            if (checked.isEmpty()) {
                StepContext first = new StepContext(
                        context.step(), context.firstToken(), context.targets(), context.tokens(), 0, 2);
                model.forwardBackward(batch, first, GradientProgress.NONE);
                gradients().forEach((name, gradient) -> check(name, gradient, batch, context.targets()));
                state().dense().tensors().forEach(spec -> state().parameter(spec.name())
                        .gradient()
                        .fill((byte) 0));
            }
            return model.forwardBackward(batch, context, progress);
        }

        private Map<String, float[]> gradients() {
            Map<String, float[]> gradients = new LinkedHashMap<>();
            CHECKED.forEach(name ->
                    gradients.put(name, state().parameter(name).gradient().toArray(JAVA_FLOAT)));
            return gradients;
        }

        private void check(String name, float[] gradient, DenoisedBatch batch, long targets) {
            double length = Math.sqrt(IntStream.range(0, gradient.length)
                    .mapToDouble(i -> (double) gradient[i] * gradient[i])
                    .sum());
            assertThat(length).as(name).isGreaterThan(1e-4);
            Parameter parameter = state().parameter(name);
            double above = moved(parameter, gradient, STEP / length, batch);
            double slope = (above - moved(parameter, gradient, -STEP / length, batch)) / (2 * STEP * targets);
            assertThat(slope).as(name).isCloseTo(length, within(0.03 * length));
            checked.add(name);
        }

        private double moved(Parameter parameter, float[] gradient, double factor, DenoisedBatch batch) {
            MemorySegment value = parameter.value();
            float[] before = value.toArray(JAVA_FLOAT);
            for (int i = 0; i < gradient.length; i++) {
                value.setAtIndex(JAVA_FLOAT, i, (float) (before[i] + factor * gradient[i]));
            }
            double loss = model.evaluate(batch).sum();
            MemorySegment.copy(before, 0, value, JAVA_FLOAT, 0, before.length);
            return loss;
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
        public BatchLoss evaluate(DenoisedBatch batch) {
            return model.evaluate(batch);
        }
    }

    /** The family with a probe in the model's place. */
    private static final class ProbedFamily implements ModelFamily<DenoisedBatch, Probe> {
        private final Ul2Family family;
        private Probe probe;

        ProbedFamily(Recipe recipe) {
            this.family = (Ul2Family) Families.of(recipe);
        }

        @Override
        public Probe build(ModelParts parts) {
            probe = new Probe(family.build(parts));
            return probe;
        }

        @Override
        public String name() {
            return family.name();
        }

        @Override
        public String fingerprint() {
            return family.fingerprint();
        }

        @Override
        public String tokenizerFingerprint() {
            return family.tokenizerFingerprint();
        }

        @Override
        public List<ParameterSpec> declare(int expertSharding) {
            return family.declare(expertSharding);
        }

        @Override
        public MoeShape moe() {
            return family.moe();
        }

        @Override
        public TrainingPhases<DenoisedBatch> phases() {
            return family.phases();
        }
    }

    @Test
    void gradientsShouldBeTheSlopesOfTheLoss() {
        // All experts of all tokens, so that no choice jumps, and no loss of the gate's own.
        Recipe recipe = Ul2RecipeTest.recipe(
                "model.top_k=4",
                "model.aux_loss=0",
                "model.z_loss=0",
                "model.init_std=0.2",
                "train.steps=1",
                "train.global_batch=14",
                "train.accumulation=1");
        ProbedFamily family = new ProbedFamily(recipe);
        TrainedRanks.trainFamily(() -> family, recipe, Topology.of(1), (Path) null, TrainedRanks::train);

        assertThat(family.probe.checked).isEqualTo(CHECKED);
    }
}
