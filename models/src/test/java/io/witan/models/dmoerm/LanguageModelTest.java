package io.witan.models.dmoerm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.LanguageModel;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.placement.OwnerPlacement;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The base model as a language model: its loss against a guess, and its gradient along a line against differences of the loss. */
class LanguageModelTest {
    private static final double STEP = 2e-3;

    @Test
    void gradientShouldBeTheSlopeOfTheLoss() {
        RewardTensors tensors = TestPairs.tensors(
                "model.d_model=16",
                "model.layers=2",
                "model.heads=2",
                "model.d_ff=24",
                "model.seq_len=64",
                "model.init_std=0.1");
        int[][] owners = OwnerPlacement.even(tensors.moeLayers(), Category.allPoints(), 1);
        try (RankRuntime runtime = RankRuntime.open(CommunicatorGroup.solo(), 1, 0);
                TrainingState state =
                        TrainingState.allocate(tensors.declare(), owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, tensors.adapter(), 0);
            state.initialize(new NormalInitializer(8));
            StepArena arena = runtime.arena();
            TokenRows texts = TokenRows.ofResponses(TestPairs.generated(4));
            LanguageModel model = new RewardModelBuilder(runtime, tensors, state, GptMoe.Ways.PLAIN, buffers)
                    .languageModel(tensors.base());
            state.kernelGradient().fill((byte) 0);
            TokenRows none = TokenRows.ofResponses(List.of());
            assertThat(model.lossAndGradient(none.ids(), none.rows(), 1, arena)).isZero();
            assertThat(model.loss(none.ids(), none.rows(), arena)).isZero();
            double loss = model.lossAndGradient(texts.ids(), texts.rows(), 1, arena);
            int targets = texts.ids().length - texts.rows().sequences();
            assertThat(model.loss(texts.ids(), texts.rows(), arena)).isCloseTo(loss, within(1e-4 * loss));
            assertThat(loss / targets).isCloseTo(Math.log(TestPairs.vocabulary()), within(0.5));

            for (String name : List.of(tensors.base().token(), tensors.base().inner(0))) {
                MemorySegment values = state.parameter(name).value();
                float[] along =
                        direction(Math.toIntExact(state.parameter(name).spec().count()));
                double slope = 0;
                for (int i = 0; i < along.length; i++) {
                    slope += along[i] * state.parameter(name).gradient().getAtIndex(JAVA_FLOAT, i);
                }
                move(values, along, STEP);
                double above = model.loss(texts.ids(), texts.rows(), arena);
                move(values, along, -2 * STEP);
                double below = model.loss(texts.ids(), texts.rows(), arena);
                move(values, along, STEP);
                assertThat(slope)
                        .as(name)
                        .isCloseTo((above - below) / (2 * STEP), within(0.01 * Math.max(1, Math.abs(slope))));
            }
        }
    }

    private static float[] direction(int count) {
        SplittableRandom random = new SplittableRandom(3);
        float[] along = new float[count];
        for (int i = 0; i < count; i++) {
            along[i] = (float) random.nextDouble(-1, 1);
        }
        return along;
    }

    private static void move(MemorySegment values, float[] along, double step) {
        for (int i = 0; i < along.length; i++) {
            values.setAtIndex(JAVA_FLOAT, i, (float) (values.getAtIndex(JAVA_FLOAT, i) + step * along[i]));
        }
    }
}
