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
    }

    @Test
    void shouldRefuseEmptyNodesAndForeignRanks() {
        assertThatThrownBy(() -> Topology.of(1, 0)).hasMessageContaining("node 1");
        assertThatThrownBy(() -> Topology.of(2).nodeOf(2)).hasMessageContaining("0..1");
    }
}
