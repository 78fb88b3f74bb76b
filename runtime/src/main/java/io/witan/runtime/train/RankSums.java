package io.witan.runtime.train;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** Sums doubles over ranks in rank order, so that every rank gets the same bits. All ranks call it together. */
public final class RankSums {
    private RankSums() {}

    /** Element by element; all ranks have as many. */
    public static double[] sum(RankRuntime runtime, double[] values) {
        return sum(gather(runtime, values));
    }

    /** Every rank's values. */
    static double[][] gather(RankRuntime runtime, double[] values) {
        int ranks = runtime.size();
        if (ranks == 1) {
            return new double[][] {values.clone()};
        }
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment local = runtime.arena().hostBytes((long) values.length * Double.BYTES);
        MemorySegment all = runtime.arena().hostBytes((long) ranks * values.length * Double.BYTES);
        MemorySegment.copy(values, 0, local, JAVA_DOUBLE, 0, values.length);
        runtime.tokens().allGather(local, all).await();
        double[][] gathered = new double[ranks][values.length];
        for (int r = 0; r < ranks; r++) {
            MemorySegment.copy(
                    all, JAVA_DOUBLE, (long) r * values.length * Double.BYTES, gathered[r], 0, values.length);
        }
        runtime.arena().release(mark);
        return gathered;
    }

    static double[] sum(double[][] gathered) {
        double[] sums = gathered[0].clone();
        for (int r = 1; r < gathered.length; r++) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += gathered[r][i];
            }
        }
        return sums;
    }
}
