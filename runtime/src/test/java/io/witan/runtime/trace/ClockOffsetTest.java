package io.witan.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClockOffsetTest {
    @Test
    void shouldFindOneClockInOneProcess() {
        List<ClockOffset[]> found = Ranks.run(Topology.of(2, 1), runtime -> ClockOffset.measure(runtime.tokens()));

        assertThat(found.getFirst()).extracting(ClockOffset::offsetNs).containsExactly(0L, 0L, 0L);
        assertThat(found.getFirst()[0].errorNs()).isZero();
        assertThat(found.getFirst()).extracting(ClockOffset::errorNs).doesNotContain(Long.MAX_VALUE);
    }
}
