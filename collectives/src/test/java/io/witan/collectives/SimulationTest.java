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
                "%d simulations from seed %d: %.2f h in %.1f s; %d epochs, %d deaths, %d stops, %d pauses, %d rounds,"
                        + " %d frames lost%n",
                count,
                first,
                totals.simulatedNs / 3.6e12,
                (System.nanoTime() - startNs) / 1e9,
                totals.epochs,
                totals.deaths,
                totals.stops,
                totals.pauses,
                totals.rounds,
                totals.lostFrames);
        assertThat(totals.rounds).isPositive();
    }
}
