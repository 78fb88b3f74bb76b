package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.MovingPolicy.Change;
import io.witan.models.TrainedRanks.History;
import io.witan.models.TrainedRanks.Share;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Owners change over shared memory and UDP, from vaults whose experts peers read in place, as they do in memory. */
class MovingOwnersIT {
    private static final long PLENTY = 64L << 20;

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(2), PLENTY, true),
                Arguments.of(Topology.of(2), PLENTY, false),
                Arguments.of(Topology.of(3), 0L, true),
                Arguments.of(Topology.of(2, 2), PLENTY, true));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldMoveAlikeOnEveryPath(Topology topology, long sharedBytes, boolean vault, @TempDir Path out)
            throws IOException {
        Recipe recipe = MovingOwnersTest.recipe("train.stop_after=16", "train.eval_interval=5");
        PlacementPolicy policy =
                new MovingPolicy(MovingPolicy.copyingTheHottest(topology), topology.rankCount(), 2, Change.SHUFFLE);
        History inMemory = TrainedRanks.train(recipe, topology, null, MovingOwnersTest.by(policy));

        List<Share> shares = TrainedRanks.trainOnNodes(
                recipe, topology, vault ? out : null, sharedBytes, MovingOwnersTest.by(policy));

        History moved = shares.getFirst().history();
        assertThat(moved.losses()).isEqualTo(inMemory.losses());
        assertThat(moved.norms()).isEqualTo(inMemory.norms());
        assertThat(moved.validations()).isEqualTo(inMemory.validations());
        for (int i = 0; i < moved.steps().size(); i++) {
            assertThat(moved.steps().get(i).moves())
                    .isEqualTo(inMemory.steps().get(i).moves());
            assertThat(moved.steps().get(i).traffic().reshardBytes())
                    .isEqualTo(inMemory.steps().get(i).traffic().reshardBytes());
        }
    }
}
