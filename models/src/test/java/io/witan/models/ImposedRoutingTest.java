package io.witan.models;

import static io.witan.models.SameNumbersTest.recipe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Training with a routing that is not the router's. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImposedRoutingTest {
    private static final double LOSS_PERCENT = 0.01;
    private static final double NORM_PERCENT = 0.1;
    private static final String SKEW = "routing.force_skew='zipf:1.5,drift=0.2'";

    private History alone;

    @BeforeAll
    void trainAlone() {
        alone = TrainedRanks.train(recipe(SKEW), Topology.singleNode(1), null);
    }

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(2), new String[] {"parallel.policy=ep"}),
                Arguments.of(Topology.of(2), new String[] {"model.recompute=block"}),
                Arguments.of(Topology.of(4), new String[] {"parallel.policy=ep"}),
                Arguments.of(Topology.of(2, 2), new String[] {}),
                Arguments.of(Topology.of(2), new String[] {"train.accumulation=2", "model.aux_loss=0"}));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void anyRanksAndPolicyHaveTheSameLoadsAndTrainAlike(Topology topology, String[] more) {
        String[] settings = Stream.concat(Stream.of(SKEW), Stream.of(more)).toArray(String[]::new);
        History expected = List.of(more).contains("model.aux_loss=0")
                ? TrainedRanks.train(recipe(SKEW, "model.aux_loss=0"), Topology.singleNode(1), null)
                : alone;
        History actual = TrainedRanks.train(recipe(settings), topology, null);

        for (int i = 0; i < expected.steps().size(); i++) {
            assertThat(actual.steps().get(i).expertLoad())
                    .isDeepEqualTo(expected.steps().get(i).expertLoad());
            assertThat(actual.losses().get(i)).isCloseTo(expected.losses().get(i), withinPercentage(LOSS_PERCENT));
            assertThat(actual.norms().get(i)).isCloseTo(expected.norms().get(i), withinPercentage(NORM_PERCENT));
        }
    }

    @Test
    void loadsAreThoseOfTheSkewAndTrainingStillLearns() {
        Recipe recipe = recipe(SKEW);
        ExpertPopularity popularity = recipe.imposedRouting().orElseThrow();
        for (StepResult step : alone.steps()) {
            for (int l = 0; l < recipe.model().layers(); l++) {
                double[] inclusion = popularity.inclusion(step.step(), l);
                for (int e = 0; e < inclusion.length; e++) {
                    double deviation = Math.sqrt(step.tokens() * inclusion[e] * Math.max(0, 1 - inclusion[e]));
                    assertThat((double) step.expertLoad()[l][e])
                            .isCloseTo(step.tokens() * inclusion[e], within(5 * deviation + 1));
                }
            }
        }
        assertThat(alone.losses().getLast()).isLessThan(alone.losses().getFirst() - 0.2);
    }

    @Test
    void recordedLoadsComeBack(@TempDir Path folder) {
        History routed = TrainedRanks.train(recipe("train.seed=5", "train.stop_after=6"), Topology.of(2), null);
        try (MetricsLog log = MetricsLog.create(folder.resolve("metrics.jsonl"))) {
            routed.steps().forEach(step -> log.append(new LoadMetrics(step.step(), 2, step.expertLoad())));
        }
        History replayed = TrainedRanks.train(recipe("routing.replay_loads='" + folder + "'"), Topology.of(2), null);

        assertThat(replayed.steps()).hasSize(12);
        for (StepResult step : replayed.steps()) {
            long[][] recorded = routed.steps().get((int) (step.step() - 1) % 6).expertLoad();
            for (int l = 0; l < recorded.length; l++) {
                for (int e = 0; e < recorded[l].length; e++) {
                    double p = (double) recorded[l][e] / step.tokens();
                    double deviation = Math.sqrt(step.tokens() * p * Math.max(0, 1 - p));
                    assertThat((double) step.expertLoad()[l][e]).isCloseTo(recorded[l][e], within(5 * deviation + 1));
                }
            }
        }
    }
}
