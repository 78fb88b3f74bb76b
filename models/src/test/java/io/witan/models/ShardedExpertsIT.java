package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Shards whose copies are read in place inside nodes, between real nodes, train to the numbers of whole experts. */
class ShardedExpertsIT {
    private static final double LOSS_PERCENT = 0.01;
    private static final long SHARED_BYTES = 64 << 20;

    static Stream<Topology> topologies() {
        return Stream.of(Topology.of(2), Topology.of(4), Topology.of(2, 2));
    }

    @ParameterizedTest
    @MethodSource("topologies")
    void shouldTrainLikeWholeExperts(Topology topology) throws IOException {
        List<String> common = List.of("parallel.policy=fssdp", "routing.force_skew='zipf:1.2'");
        Recipe whole = SameNumbersTest.recipe(common.toArray(String[]::new));
        Recipe halves = SameNumbersTest.recipe(
                Stream.concat(common.stream(), Stream.of("parallel.expert_sharding=2", "parallel.reshard_interval=5"))
                        .toArray(String[]::new));

        History expected = TrainedRanks.train(whole, Topology.of(1), null);
        History sharded = TrainedRanks.trainOnNodes(halves, topology, null, SHARED_BYTES)
                .getFirst()
                .history();

        if (topology.nodeCount() == 1) {
            assertThat(copies(sharded)).as("copies of shards").isPositive();
        }
        for (int i = 0; i < expected.steps().size(); i++) {
            assertThat(sharded.losses().get(i)).isCloseTo(expected.losses().get(i), withinPercentage(LOSS_PERCENT));
        }
    }

    private static int copies(History history) {
        return history.steps().stream()
                .flatMap(step -> step.placements().stream())
                .mapToInt(Placement::copyCount)
                .sum();
    }
}
