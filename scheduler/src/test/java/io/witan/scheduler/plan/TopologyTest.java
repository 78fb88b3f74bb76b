package io.witan.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TopologyTest {
    @Test
    void shouldNumberRanksNodeByNode() {
        Topology topology = Topology.of(2, 3, 1);

        assertThat(topology.rankCount()).isEqualTo(6);
        assertThat(topology.firstRank(1)).isEqualTo(2);
        assertThat(topology.localRank(4)).isEqualTo(2);
        assertThat(topology.sameNode(1, 2)).isFalse();
        assertThat(new int[] {0, 1, 2, 3, 4, 5}).satisfies(ranks -> {
            int[] nodes = new int[6];
            for (int rank : ranks) {
                nodes[rank] = topology.nodeOf(rank);
            }
            assertThat(nodes).containsExactly(0, 0, 1, 1, 1, 2);
        });
        assertThat(topology).hasToString("Topology[2, 3, 1]");
    }

    @Test
    void shouldRefuseEmptyNodesAndForeignRanks() {
        assertThatThrownBy(() -> Topology.of(1, 0)).hasMessageContaining("node 1");
        assertThatThrownBy(Topology::of).hasMessageContaining("at least one node");
        assertThatThrownBy(() -> Topology.of(2).nodeOf(2)).hasMessageContaining("0..1");
        assertThatThrownBy(() -> Topology.of(2).nodeOf(-1)).hasMessageContaining("0..1");
        assertThatThrownBy(() -> Topology.of(2).firstRank(1)).hasMessageContaining("node 1 is not in 0..0");
        assertThatThrownBy(() -> Topology.of(2).rankCount(-1)).hasMessageContaining("node -1 is not in 0..0");
    }
}
