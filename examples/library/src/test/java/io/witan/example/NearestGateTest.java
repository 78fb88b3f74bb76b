package io.witan.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainingState;
import java.util.List;
import org.junit.jupiter.api.Test;

class NearestGateTest extends GateContract {
    private static final MoeConfig MOE = TrainTenSteps.MOE;

    @Override
    List<ParameterSpec> declare() {
        return List.of(ParameterSpec.matrix("centres", EXPERTS, WIDTH, 0.7));
    }

    @Override
    Gate gate(RankRuntime runtime, TrainingState state) {
        return new NearestGate(state.parameter("centres"), EXPERTS, WIDTH);
    }

    /** In the layer of {@link TrainTenSteps}, whose router holds the centres. */
    @Test
    void shouldLearn() {
        List<Double> losses = TrainTenSteps.train(
                10,
                MOE.expertLayout(),
                (runtime, state) -> LayerParts.with(
                        runtime, MOE, new NearestGate(state.parameter("router"), MOE.experts(), MOE.width())));

        assertThat(losses.getLast()).isLessThan(losses.getFirst() - 0.3);
    }
}
