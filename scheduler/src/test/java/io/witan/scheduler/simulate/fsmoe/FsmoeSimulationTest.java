package io.witan.scheduler.simulate.fsmoe;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation.GridResult;
import io.witan.scheduler.simulate.fsmoe.FsmoeSimulation.Verdict;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FsmoeSimulationTest {
    @Test
    void theMeansAreNearThePapersInItsOrderAndOursIsAhead() {
        FsmoeSimulation simulation = FsmoeSimulation.run();
        assertThat(simulation.verdicts()).hasSize(10).allSatisfy(verdict -> assertThat(verdict.passed())
                .as(verdict.what())
                .isTrue());
        assertThat(simulation.models())
                .hasSize(5)
                .filteredOn(FsmoeSimulation.ModelResult::fitted)
                .hasSize(1);
        for (FsmoeSimulation.ModelResult model : simulation.models()) {
            assertThat(model.speedUp(MoeSystem.FSMOE, MoeSystem.TUTEL)).isGreaterThan(1);
        }
    }

    @Test
    void meansThatAreOffOrOutOfOrderFail() {
        Map<MoeSystem, Double> means = new EnumMap<>(MoeSystem.class);
        means.put(MoeSystem.TUTEL, 1.0);
        means.put(MoeSystem.TUTEL_IMPROVED, 1.15);
        means.put(MoeSystem.FSMOE_ONE_LANE, 1.14);
        means.put(MoeSystem.FSMOE, 1.18);
        means.put(MoeSystem.WITAN, 1.23);
        FsmoeSimulation simulation =
                new FsmoeSimulation(Contention.NONE, List.of(new GridResult(Testbed.a(), 1458, means)), List.of());
        assertThat(simulation.verdicts()).extracting(Verdict::passed).containsExactly(false, true, true, false, false);
        assertThat(simulation.verdicts().getFirst().what())
                .isEqualTo("A Tutel-Improved 1.150, paper 1.09, off by +6.0 points");
    }
}
