package io.witan.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.Ranks;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations that say how long they took, and a clock that only they move. */
class SamplerTest {
    private static final int[] AMOUNTS = {1, 2, 4, 8, 16, 32};
    private static final long ALPHA_NS = 40_000;
    private static final long BETA_NS = 5_000;

    private record Told(AtomicLong clock, Random random, int factor) implements Sampler.Operation {
        /** With noise that is never negative, and now and then an outlier. */
        @Override
        public long ns(int amount) {
            long ns = factor * (ALPHA_NS + BETA_NS * amount) + random.nextInt(200);
            clock.addAndGet(ns);
            return random.nextInt(30) == 0 ? 20 * ns : ns;
        }

        @Override
        public double size(int amount) {
            return 10.0 * amount;
        }

        @Override
        public long warmUpNs() {
            return 1_000_000;
        }
    }

    @Test
    void shouldFitTheSlowestRankOnAllRanks() {
        List<LinearFit> fits = Ranks.run(Topology.of(3), runtime -> {
            Told told = new Told(new AtomicLong(), new Random(runtime.rank()), 1 + runtime.rank());
            return new Sampler(runtime, told.clock()::get).line(told, AMOUNTS, 10_000_000_000L);
        });

        assertThat(fits).containsOnly(fits.getFirst());
        LinearFit fit = fits.getFirst();
        assertThat(fit.time().alphaMs()).isCloseTo(3e-6 * ALPHA_NS, within(1e-3));
        assertThat(fit.time().betaMs()).isCloseTo(3e-7 * BETA_NS, within(2e-6));
        assertThat(fit.samples()).isEqualTo(6);
        assertThat(fit.r2()).isGreaterThan(0.999);
    }

    /** Once its time is over on one rank, all stop with the timing under way. */
    @ParameterizedTest
    @ValueSource(longs = {1_000_000, 5_000_000})
    void shouldStopWhenTheBudgetIsSpentOnAnyRank(long budgetNs) {
        List<Integer> timings = Ranks.run(Topology.of(2), runtime -> {
            Told told = new Told(new AtomicLong(), new Random(1), runtime.rank() == 0 ? 1 : 2);
            Sampler sampler = new Sampler(runtime, told.clock()::get);
            sampler.line(told, AMOUNTS, budgetNs);
            long slowestCall = 2 * (ALPHA_NS + 32 * BETA_NS) + 200;
            assertThat(told.clock().get()).isLessThan(budgetNs + slowestCall);
            return sampler.timings();
        });

        assertThat(timings.getFirst()).isEqualTo(timings.getLast()).isGreaterThan(6);
    }

    @Test
    void shouldTimeWhatALineNeedsWithoutAnyBudget() {
        Ranks.run(Topology.of(2), runtime -> {
            Told told = new Told(new AtomicLong(), new Random(1), 1);
            Sampler sampler = new Sampler(runtime, told.clock()::get);
            LinearFit fit = sampler.line(told, AMOUNTS, 0);
            assertThat(sampler.timings()).as("a warm-up and three").isEqualTo(4);
            assertThat(fit.samples()).isEqualTo(3);
            return 0;
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1 2 4", "5, 1 2 5", "8, 1 2 4 8", "4096, 128 256 512 1024 2048 4096"})
    void shouldTakeAmountsThatDouble(long most, String amounts) {
        assertThat(Sampler.amounts(most))
                .containsExactly(List.of(amounts.split(" ")).stream()
                        .mapToInt(Integer::parseInt)
                        .toArray());
    }
}
