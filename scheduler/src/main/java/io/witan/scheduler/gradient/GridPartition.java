package io.witan.scheduler.gradient;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Dynamic programming over (segment, units of the bucket sent so far): the best of all plans whose slices are whole units. Segments that
 * share a host object share its table of times, so that a model of alike layers needs one.
 */
final class GridPartition {
    private final GradientProblem problem;
    private final long unitBytes;
    private final int[] ready;
    private final double[][] times;

    private GridPartition(GradientProblem problem, long unitBytes) {
        this.problem = problem;
        this.unitBytes = unitBytes;
        int count = problem.segments().size();
        this.ready = new int[count];
        this.times = new double[count][];
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            bytes += problem.segments().get(i).readyBytes();
            ready[i] = Math.toIntExact(bytes / unitBytes);
        }
        int most = ready[count - 1];
        Map<GradientHost, double[]> tables = new IdentityHashMap<>();
        for (int i = 0; i < count; i++) {
            GradientHost host = problem.segments().get(i).host();
            times[i] = tables.get(host);
            if (times[i] == null) {
                times[i] = table(i, most);
                tables.put(host, times[i]);
            }
        }
    }

    /**
     * @param units that the bucket is cut into, at most; the unit is a multiple of {@link GradientProblem#ALIGNMENT}
     * @return bytes for each segment
     */
    static long[] best(GradientProblem problem, int units) {
        long alignment = GradientProblem.ALIGNMENT;
        long unit = Math.ceilDiv(Math.max(1, problem.totalBytes()), (long) units);
        return new GridPartition(problem, Math.ceilDiv(unit, alignment) * alignment).best();
    }

    private double[] table(int segment, int most) {
        double[] table = new double[most + 1];
        for (int units = 0; units <= most; units++) {
            table[units] = problem.ms(segment, (double) units * unitBytes);
        }
        return table;
    }

    private long[] best() {
        int count = ready.length;
        int most = ready[count - 1];
        double[] after = new double[most + 1];
        for (int sent = 0; sent <= most; sent++) {
            after[sent] = problem.allReduce().msIfAny(problem.totalBytes() - sent * unitBytes);
        }
        int[][] choice = new int[count][most + 1];
        for (int i = count - 1; i >= 0; i--) {
            after = before(i, after, choice[i]);
        }
        long[] bytes = new long[count];
        int sent = 0;
        for (int i = 0; i < count; i++) {
            bytes[i] = choice[i][sent] * unitBytes;
            sent += choice[i][sent];
        }
        return bytes;
    }

    /** Least time from segment i to the end, by units sent before it; ties to more units, as early is safe. */
    private double[] before(int i, double[] after, int[] choice) {
        double[] least = new double[after.length];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        int sentAtMost = i == 0 ? 0 : ready[i - 1];
        double leastAfter = Double.POSITIVE_INFINITY;
        for (int sent = ready[i]; sent >= 0; sent--) {
            leastAfter = Math.min(leastAfter, after[sent]);
            if (sent <= sentAtMost) {
                choice[sent] = bestUnits(i, after, sent, leastAfter);
                least[sent] = times[i][choice[sent]] + after[sent + choice[sent]];
            }
        }
        return least;
    }

    /** A segment's time grows with its units, so more of them can't pay once it and the least that may come after are over the best. */
    private int bestUnits(int i, double[] after, int sent, double leastAfter) {
        double[] time = times[i];
        double best = Double.POSITIVE_INFINITY;
        int bestUnits = 0;
        for (int units = 0; units <= ready[i] - sent && time[units] + leastAfter <= best; units++) {
            double ms = time[units] + after[sent + units];
            if (ms <= best) {
                best = ms;
                bestUnits = units;
            }
        }
        return bestUnits;
    }
}
