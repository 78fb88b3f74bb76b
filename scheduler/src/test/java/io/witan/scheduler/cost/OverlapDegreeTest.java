package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
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

    @Property
    void equalsTheExactQuotient(
            @ForAll @LongRange(min = 0) long ns,
            @ForAll @LongRange(min = 1) long speed,
            @ForAll @LongRange(min = 1, max = 1L << 40) long bytes,
            @ForAll @IntRange(min = 1, max = 1000) int experts) {
        BigInteger expected = new BigDecimal(ns)
                .multiply(new BigDecimal(speed))
                .movePointLeft(9)
                .divide(new BigDecimal(bytes), 0, RoundingMode.FLOOR)
                .toBigInteger()
                .min(BigInteger.valueOf(experts));

        assertThat(OverlapDegree.of(ns, speed, bytes, experts)).isEqualTo(expected.intValueExact());
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
