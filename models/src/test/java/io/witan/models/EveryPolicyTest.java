package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every policy under a routing that is imposed and uneven: it does what its paper says, on 2 and on 4 ranks, and trains to the losses of one
 * rank without any, across a resume on another number of ranks too. What layers cost is fixed, so that no decision hangs on time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryPolicyTest {
    private static final int STEPS = PolicyWay.STEPS;
    private static final int SAVED = PolicyWay.SAVED;

    private History alone;

    @BeforeAll
    void trainAlone() {
        alone = TrainedRanks.train(PolicyWay.EP.recipe(), Topology.of(1), null);
        assertThat(alone.steps()).hasSize(STEPS);
        assertThat(alone.losses().getLast()).isLessThan(alone.losses().getFirst() - 0.3);
    }

    @ParameterizedTest
    @EnumSource
    void shouldTrainLikeOneRankOnTwoAndGoOnOnFour(PolicyWay way, @TempDir Path folder) {
        History two = TrainedRanks.train(way.recipe(), Topology.of(2), folder);
        SameHistory.assertSame(two, alone, 0);
        way.check(two.steps(), 2);

        Path middle = folder.resolve("checkpoints").resolve("step-%08d".formatted(SAVED));
        SameHistory.assertSame(TrainedRanks.resume(way.recipe(), Topology.of(4), null, middle), alone, SAVED);
    }

    @ParameterizedTest
    @EnumSource
    void shouldTrainLikeOneRankOnFour(PolicyWay way) {
        History four = TrainedRanks.train(way.recipe(), Topology.of(4), null);
        SameHistory.assertSame(four, alone, 0);
        way.check(four.steps(), 4);
    }
}
