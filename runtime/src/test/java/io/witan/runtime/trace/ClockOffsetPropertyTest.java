package io.witan.runtime.trace;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class ClockOffsetPropertyTest {
    private static final long MOST_NS = 1_000_000;

    /** Of two hosts: the true offset lies within the error, whatever the ways there and back take. */
    @Property
    void shouldBeRightWithinItsError(
            @ForAll @LongRange(min = 2 * MOST_NS + 1, max = 1_000_000_000_000L) long distance,
            @ForAll boolean ahead,
            @ForAll @LongRange(max = MOST_NS) long there,
            @ForAll @LongRange(max = MOST_NS) long back,
            @ForAll long t0) {
        long offset = ahead ? distance : -distance;
        ClockOffset found = ClockOffset.of(t0 + there + offset, t0, t0 + there + back);

        // Half of an odd round trip is rounded down.
        assertThat(Math.abs(found.offsetNs() - offset)).isLessThanOrEqualTo(found.errorNs() + 1);
        assertThat(found.errorNs()).isEqualTo((there + back) / 2);
    }

    /** Of one host. */
    @Property
    void shouldBeNothingOnOneClock(
            @ForAll @LongRange(max = MOST_NS) long there,
            @ForAll @LongRange(max = MOST_NS) long back,
            @ForAll long t0) {
        assertThat(ClockOffset.of(t0 + there, t0, t0 + there + back).offsetNs()).isZero();
    }
}
