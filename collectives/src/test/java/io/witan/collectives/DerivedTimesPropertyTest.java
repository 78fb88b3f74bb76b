package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.engine.World;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** All waits derive from the deadline of operations. */
class DerivedTimesPropertyTest {
    private static final long YEAR_MS = 365L * 24 * 3600 * 1000;
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(4);

    @Property(tries = 5000)
    void shouldBeInOrderForAnyDeadline(@ForAll @LongRange(min = 1, max = YEAR_MS) long deadlineMs) {
        Duration deadline = Duration.ofMillis(deadlineMs);
        World world = new World(1, 0, 2, CommunicatorGroup.LANE_COUNT, 0, deadline.toNanos());
        NodeDriver.Timeouts driver = NodeDriver.Timeouts.of(deadline);

        assertThat(world.heartbeatNs()).isPositive().isLessThan(world.silenceNs() / 4);
        assertThat(world.silenceNs()).isLessThan(deadline.toNanos()).isLessThanOrEqualTo(LONGEST_SILENCE.toNanos());
        assertThat(world.graceNs()).isPositive().isLessThan(deadline.toNanos());
        assertThat(world.lingerNs()).isLessThanOrEqualTo(deadline.toNanos());
        assertThat(driver.clientLivenessNs()).isGreaterThan(deadline.toNanos() + world.graceNs());
        assertThat(driver.unblockNs()).isGreaterThan(driver.clientLivenessNs());
        assertThat(driver.driverNs())
                .isLessThan(driver.clientLivenessNs())
                .isLessThanOrEqualTo(LONGEST_SILENCE.toNanos());
        if (deadline.toNanos() > TimeUnit.SECONDS.toNanos(2)) {
            assertThat(driver.driverNs()).isLessThan(deadline.toNanos());
        }
    }
}
