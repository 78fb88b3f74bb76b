package io.witan.models.dmoerm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.config.ConfigException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewardPhasesTest {
    private static DmoermConfig config(String... settings) {
        return TestPairs.tensors(settings).config();
    }

    @Test
    void stepsShouldBeInProportion() {
        DmoermConfig config = config(
                "dmoerm.router_part=1",
                "dmoerm.language_part=0",
                "dmoerm.base_part=2",
                "dmoerm.points_part=4",
                "dmoerm.aggregator_part=3",
                "dmoerm.dense_part=0");
        assertThat(RewardPhases.steps(config, true, 200))
                .isEqualTo(Map.of(Stage.ROUTER, 20, Stage.BASE, 40, Stage.POINTS, 80, Stage.AGGREGATOR, 60));
        assertThat(RewardPhases.steps(config, false, 12))
                .isEqualTo(Map.of(Stage.ROUTER, 2, Stage.BASE, 4, Stage.AGGREGATOR, 6));
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 7, 11, 99, 1000})
    void eachPhaseShouldHaveAStepAndAllTogetherTheRuns(int steps) {
        Map<Stage, Integer> each = RewardPhases.steps(config("dmoerm.router_part=0.001"), true, steps);
        assertThat(each).hasSize(Stage.values().length);
        assertThat(each.values()).allMatch(own -> own > 0);
        assertThat(each.values().stream().mapToInt(own -> own).sum()).isEqualTo(steps);
    }

    @Test
    void fewerStepsThanPhasesShouldBeRefused() {
        assertThatThrownBy(() -> RewardPhases.steps(config(), true, 5))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.steps 5 must be enough");
    }
}
