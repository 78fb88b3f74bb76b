package io.witan.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ClockOffsetTest {
    /** The true offset lies within the error, whatever the ways there and back take. */
    @Property
    void shouldBeRightWithinItsError(
            @ForAll @LongRange(min = -1_000_000_000_000L, max = 1_000_000_000_000L) long offset,
            @ForAll @LongRange(min = 0, max = 1_000_000) long there,
            @ForAll @LongRange(min = 0, max = 1_000_000) long back,
            @ForAll @LongRange(min = Long.MIN_VALUE, max = Long.MAX_VALUE) long t0) {
        ClockOffset found = ClockOffset.of(t0 + there + offset, t0, t0 + there + back);
        // A half of an odd round trip is rounded down.
        assertThat(Math.abs(found.offsetNs() - offset)).isLessThanOrEqualTo(2 * found.errorNs() + 1);
        if (Math.abs(offset) > there + back) {
            assertThat(Math.abs(found.offsetNs() - offset)).isLessThanOrEqualTo(found.errorNs() + 1);
        }
    }

    @Test
    void shouldFindOneClockInOneProcess() {
        List<ClockOffset[]> found = Ranks.run(Topology.of(2, 1), runtime -> ClockOffset.measure(runtime.tokens()));

        assertThat(found.getFirst()).extracting(ClockOffset::offsetNs).containsExactly(0L, 0L, 0L);
        assertThat(found.getFirst()).extracting(ClockOffset::errorNs).allMatch(error -> error < 1_000_000_000);
    }
}
