package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.TrainedRanks.History;
import io.witan.models.TrainedRanks.Share;
import io.witan.runtime.memory.MemoryParts;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Experts that are read where their owner has them train like copied ones, bit for bit. */
class InPlaceExpertsIT {
    private static final long PLENTY = 64L << 20;
    /** Experts of 196,608 B, more than a chunk that grows is lent at once; all of a layer's copies everywhere. */
    private static final String[] LARGE_EXPERTS = {
        "train.stop_after=4", "model.d_ff=512", "parallel.overlap_degree=6", "parallel.memory_capacity=6"
    };

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(2), new String[0]),
                Arguments.of(Topology.of(3), new String[] {"model.recompute=block", "train.accumulation=2"}),
                Arguments.of(Topology.of(2), LARGE_EXPERTS),
                Arguments.of(Topology.of(2, 2), LARGE_EXPERTS),
                Arguments.of(Topology.of(1, 2), new String[] {
                    "train.stop_after=4", "parallel.overlap_degree=6", "parallel.memory_capacity=6"
                }));
    }

    /** With two slots in a vault. */
    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainAlikeInPlaceAndCopied(Topology topology, String[] settings, @TempDir Path out) throws IOException {
        Recipe recipe = SameNumbersTest.recipe(settings);
        History copied = TrainedRanks.train(recipe, topology, out.resolve("copied"));
        List<Share> shares = TrainedRanks.trainOnNodes(recipe, topology, out.resolve("in-place"), PLENTY);

        assertSame(shares.getFirst().history(), copied);
        assertThat(inPlaceBytes(shares))
                .as("all copies of experts inside nodes, relayed ones too, and as many terms of their gradients")
                .isEqualTo(2 * gatheredInsideNodes(topology, shares));
    }

    /** With one slot, which the optimizer changes where peers have read it. */
    @ParameterizedTest
    @ValueSource(longs = {0, 100_000, PLENTY})
    void shouldTrainAlikeWhateverFitsIntoSharedMemory(long sharedBytes) throws IOException {
        Recipe recipe = SameNumbersTest.recipe();
        List<Share> shares = TrainedRanks.trainOnNodes(recipe, Topology.of(2), null, sharedBytes);

        assertSame(shares.getFirst().history(), TrainedRanks.train(recipe, Topology.of(2), null));
        if (sharedBytes == 0) {
            assertThat(inPlaceBytes(shares)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void shouldNeedNoBufferForACopyThatIsReadInPlace(int ranks) throws IOException {
        Recipe recipe = SameNumbersTest.recipe("parallel.overlap_degree=6", "parallel.memory_capacity=6");
        Topology topology = Topology.of(ranks);
        List<Share> copied = TrainedRanks.trainOnNodes(recipe, topology, null, 0);
        List<Share> inPlace = TrainedRanks.trainOnNodes(recipe, topology, null, PLENTY);

        for (int rank = 0; rank < ranks; rank++) {
            long gathered = inPlace.get(rank).parameters().sparseAllGatherBytes();
            assertThat(gathered)
                    .isPositive()
                    .isEqualTo(copied.get(rank).parameters().sparseAllGatherBytes());
            assertThat(inPlace.get(rank).parameters().inPlaceBytes())
                    .as("copies of experts and terms of their gradients")
                    .isGreaterThanOrEqualTo(gathered);
            MemoryParts without = inPlace.get(rank).memory().parts();
            MemoryParts with = copied.get(rank).memory().parts();
            assertThat(without.parameters()).as("no copies").isLessThan(with.parameters());
            assertThat(without.gradients()).isEqualTo(with.gradients());
        }
    }

    /** Of n - 1 copies on k nodes, k - 1 cross the network: with several nodes, these recipes copy all experts to all. */
    private static long gatheredInsideNodes(Topology topology, List<Share> shares) {
        long gathered = shares.stream()
                .mapToLong(share -> share.parameters().sparseAllGatherBytes())
                .sum();
        assertThat(gathered).isPositive();
        int ranks = topology.rankCount();
        return gathered / (ranks - 1) * (ranks - topology.nodeCount());
    }

    private static long inPlaceBytes(List<Share> shares) {
        return shares.stream()
                .mapToLong(share -> share.parameters().inPlaceBytes())
                .sum();
    }

    private static void assertSame(History actual, History expected) {
        assertThat(actual.losses()).isEqualTo(expected.losses());
        assertThat(actual.norms()).isEqualTo(expected.norms());
    }
}
