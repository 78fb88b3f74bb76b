package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Recipe {@code peer} against the losses that libtorch 2.13.0 printed for the same weights, tokens and optimizer: an
 * oracle that shares no code with this one. Some experts get no token from step 4 on.
 */
class PeerReplayTest {
    private static final List<Double> LIBTORCH = List.of(9.082191, 8.964697, 8.851897, 8.742918, 8.638622, 8.546868);
    private static final double PERCENT = 0.0005;

    @Test
    void shouldFollowLibtorch() {
        Recipe recipe = Recipes.bind(Recipes.load("peer").set("train.stop_after=" + LIBTORCH.size(), "--set"));
        History history = TrainedRanks.train(recipe, Topology.singleNode(1), null);

        for (int i = 0; i < LIBTORCH.size(); i++) {
            assertThat(history.losses().get(i))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(LIBTORCH.get(i), withinPercentage(PERCENT));
        }
    }
}
