package io.witan.example;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainingState;
import java.util.List;

class TurnsGateTest extends GateContract {
    @Override
    List<ParameterSpec> declare() {
        return List.of();
    }

    @Override
    Gate gate(RankRuntime runtime, TrainingState state) {
        return new TurnsGate(EXPERTS, WIDTH);
    }
}
