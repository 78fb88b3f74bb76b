package io.witan.runtime.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PeerRingTest {
    private static int[] keepers(Topology topology) {
        PeerRing ring = new PeerRing(topology);
        return IntStream.range(0, topology.rankCount()).map(ring::keeperOf).toArray();
    }

    @Test
    void theNextNodeKeepsCopies() {
        assertThat(keepers(Topology.of(2, 2))).containsExactly(2, 3, 0, 1);
        assertThat(keepers(Topology.of(1, 1, 1))).containsExactly(1, 2, 0);
    }

    @Test
    void nodesMayHaveMoreRanksOrFewer() {
        Topology topology = Topology.of(3, 1, 2);
        assertThat(keepers(topology)).containsExactly(3, 3, 3, 4, 0, 1);
        assertThat(new PeerRing(topology).keptBy(3)).containsExactly(0, 1, 2);
        assertThat(new PeerRing(topology).keptBy(5)).isEmpty();
    }

    @Test
    void onOneNodeTheNextRankDoes() {
        assertThat(keepers(Topology.of(3))).containsExactly(1, 2, 0);
    }
}
