package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Clusters on a simulated clock. {@code -Dwitan.simulations=N} runs N seeds (1,000 are a day), {@code -Dwitan.simulation=SEED} that
 * one.
 */
final class SimulationTest {
    private static final int DEFAULT_SEEDS = 10;
    private static final Duration EACH = Duration.ofMillis(86_400);
    private static final Duration SHORT = Duration.ofSeconds(20);

    @Test
    void everySeedEndsRight() {
        Long single = Long.getLong("witan.simulation");
        long first = single == null ? 0 : single;
        long count = single == null ? Integer.getInteger("witan.simulations", DEFAULT_SEEDS) : 1;
        long startNs = System.nanoTime();
        SimulatedCluster.Totals totals = LongStream.range(first, first + count)
                .parallel()
                .mapToObj(seed -> new SimulatedCluster(seed).run(EACH))
                .collect(SimulatedCluster.Totals::new, SimulatedCluster.Totals::add, SimulatedCluster.Totals::add);
        System.out.printf(
                "%d simulations from seed %d in %.1f s: %s%n",
                count, first, (System.nanoTime() - startNs) / 1e9, totals);
        assertThat(totals.rounds).isPositive();
    }

    /** What a seed found can be looked at again: the same happens, to the last frame. */
    @Test
    void aSeedReplays() {
        for (long seed = 0; seed < 3; seed++) {
            SimulatedCluster.Totals first = new SimulatedCluster(seed).run(SHORT);
            assertThat(new SimulatedCluster(seed).run(SHORT)).hasToString(first.toString());
        }
    }
}
