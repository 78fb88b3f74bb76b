package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Times operations of several sizes, all ranks in step: of each timing the slowest rank's counts, of several of one size the median, as what
 * disturbs some of them disturbs some steps of a run too. All ranks get the same numbers, and stop together when one of them has no time left.
 */
final class Sampler {
    private static final int MOST_ROUNDS = 9;
    private static final int MOST_AMOUNTS = 6;
    private static final int MOST_WARM_UPS = 1000;
    private static final int WARM_SHARE = 3;
    private static final double NS_PER_MS = 1e6;

    private final RankRuntime runtime;
    private final LongSupplier clock;
    private boolean spent;
    private int timings;

    /** @param clock nanoseconds, by which time is limited; not what operations are timed with */
    Sampler(RankRuntime runtime, LongSupplier clock) {
        this.runtime = runtime;
        this.clock = clock;
    }

    /** What is timed. */
    interface Operation {
        /** Does it once, in step with the other ranks, and returns how long it took here; 0 if there is nothing to do. */
        long ns(int amount);

        /** The amount in the unit of the line, the same on all ranks. */
        double size(int amount);

        /** How long it is done with the least amount before it is timed. */
        long warmUpNs();
    }

    /** Up to 6 amounts, each twice the one before, the last the most; at least as many as a line needs. */
    static int[] amounts(long most) {
        int last = Math.toIntExact(Math.max(most, 1 << (LinearFit.LEAST_SAMPLES - 1)));
        int count = Math.min(MOST_AMOUNTS, Integer.SIZE - Integer.numberOfLeadingZeros(last));
        return IntStream.range(0, count).map(i -> last >> (count - 1 - i)).toArray();
    }

    /**
     * The line through the medians.
     *
     * @param amounts ascending, three or more
     * @param budgetNs after which nothing is timed but what a line needs: the three least amounts once each
     */
    LinearFit line(Operation operation, int[] amounts, long budgetNs) {
        long[] ns = mediansNs(operation, amounts, LinearFit.LEAST_SAMPLES, budgetNs);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < ns.length; i++) {
            samples.add(new Sample(operation.size(amounts[i]), ns[i] / NS_PER_MS));
        }
        return LinearFit.of(samples);
    }

    /**
     * Median nanoseconds of each amount, 1 or more; of an even number of timings the lower of the two in the middle.
     *
     * @param needed how many of the first amounts are timed whatever the budget; the others may be missing at the end
     */
    long[] mediansNs(Operation operation, int[] amounts, int needed, long budgetNs) {
        long begin = clock.getAsLong();
        long end = begin + budgetNs;
        warmUp(operation, amounts[0], begin + Math.min(operation.warmUpNs(), budgetNs / WARM_SHARE));
        List<List<Long>> all = Arrays.stream(amounts)
                .mapToObj(_ -> (List<Long>) new ArrayList<Long>())
                .toList();
        int timed = 0;
        spent = false;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            for (int i = 0; i < amounts.length && !(spent && timed >= needed); i++) {
                all.get(i).add(time(operation, amounts[i], end));
                timed = Math.max(timed, i + 1);
            }
        }
        return all.subList(0, timed).stream().mapToLong(Sampler::median).toArray();
    }

    private static long median(List<Long> values) {
        return values.stream()
                .sorted()
                .skip((values.size() - 1) / 2)
                .findFirst()
                .orElseThrow();
    }

    private void warmUp(Operation operation, int amount, long end) {
        spent = false;
        for (int i = 0; i < MOST_WARM_UPS && !spent; i++) {
            time(operation, amount, end);
        }
    }

    private long time(Operation operation, int amount, long end) {
        timings++;
        long ns = operation.ns(amount);
        long[] agreed = Slowest.of(runtime, ns, clock.getAsLong() >= end ? 1 : 0);
        spent = agreed[1] > 0;
        return Math.max(1, agreed[0]);
    }

    /** Timings so far, those to warm up too. */
    int timings() {
        return timings;
    }
}
