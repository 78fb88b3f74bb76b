package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;

class OverlapDegreeTest {
    @Test
    void shouldRoundDownAndClamp() {
        long tenGigabytes = 10_000_000_000L;

        assertThat(OverlapDegree.of(1_000_000, tenGigabytes, 2_000_000, 64)).isEqualTo(5);
        assertThat(OverlapDegree.of(999_999, tenGigabytes, 2_000_000, 64)).isEqualTo(4);
        assertThat(OverlapDegree.of(1_000_000, tenGigabytes, 2_000_000, 4)).isEqualTo(4);
        assertThat(OverlapDegree.of(0, tenGigabytes, 2_000_000, 64)).isZero();
        assertThat(OverlapDegree.of(100, tenGigabytes, 2_000_000, 64)).isZero();
    }

    @Test
    void shouldTakeTheLimitingLink() {
        LinkSpeed cluster = new LinkSpeed(300, 50);

        assertThat(cluster.bottleneckBytesPerSecond(Topology.of(8))).isEqualTo(300);
        assertThat(cluster.bottleneckBytesPerSecond(Topology.of(4, 4))).isEqualTo(50);
        assertThat(new LinkSpeed(20, 50).bottleneckBytesPerSecond(Topology.of(4, 4)))
                .isEqualTo(20);
    }

    @Test
    void shouldRefuseNonsense() {
        assertThatThrownBy(() -> OverlapDegree.of(-1, 1, 1, 1)).hasMessageContaining("-1 ns");
        assertThatThrownBy(() -> OverlapDegree.of(1, 0, 1, 1)).hasMessageContaining("0 B/s");
        assertThatThrownBy(() -> OverlapDegree.of(1, 1, 0, 1)).hasMessageContaining("0 B an expert");
        assertThatThrownBy(() -> OverlapDegree.of(1, 1, 1, 0)).hasMessageContaining("0 experts");
        assertThatThrownBy(() -> new LinkSpeed(1, 0)).hasMessageContaining("0 B/s between nodes");
    }
}
