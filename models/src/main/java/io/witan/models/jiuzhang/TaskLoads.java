package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Task;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.MoeLayer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** How many assignments of each task each expert has had of this rank's tokens, since training began or went on. */
final class TaskLoads {
    private static final int TASKS = Task.values().length;

    /** [layers][tasks][experts]; empty before the first step. */
    private long[][][] loads = new long[0][][];

    /** Adds those of a step that is complete. */
    void add(List<MoeLayer> layers) {
        long[][][] step =
                layers.stream().map(layer -> layer.statistics().taskLoad(TASKS)).toArray(long[][][]::new);
        for (int l = 0; l < loads.length; l++) {
            for (int task = 0; task < TASKS; task++) {
                add(step[l][task], loads[l][task]);
            }
        }
        loads = step;
    }

    private static void add(long[] sum, long[] more) {
        for (int e = 0; e < sum.length; e++) {
            sum[e] += more[e];
        }
    }

    /** Over all ranks, which take part together: [layers][tasks][experts]. */
    long[][][] sum(RankRuntime runtime) {
        long[][][] sum = new long[loads.length][TASKS][];
        for (int l = 0; l < loads.length; l++) {
            for (int task = 0; task < TASKS; task++) {
                sum[l][task] = new long[loads[l][task].length];
                String own =
                        LongStream.of(loads[l][task]).mapToObj(Long::toString).collect(Collectors.joining(" "));
                for (String ofRank : RankMessages.exchange(runtime, own)) {
                    add(
                            sum[l][task],
                            Arrays.stream(ofRank.split(" "))
                                    .mapToLong(Long::parseLong)
                                    .toArray());
                }
            }
        }
        return sum;
    }
}
