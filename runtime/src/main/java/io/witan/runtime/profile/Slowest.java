package io.witan.runtime.profile;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** What ranks agree on: the largest over ranks. */
final class Slowest {
    private Slowest() {}

    /** Of each value the largest over ranks. All ranks call it together with as many values. */
    static long[] of(RankRuntime runtime, long... values) {
        if (runtime.size() == 1) {
            return values;
        }
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment own = runtime.arena().hostBytes((long) values.length * Long.BYTES);
        MemorySegment all = runtime.arena().hostBytes((long) runtime.size() * values.length * Long.BYTES);
        MemorySegment.copy(values, 0, own, JAVA_LONG, 0, values.length);
        runtime.tokens().allGather(own, all).await();
        long[] slowest = values.clone();
        for (int i = 0; i < values.length * runtime.size(); i++) {
            int value = i % values.length;
            slowest[value] = Math.max(slowest[value], all.getAtIndex(JAVA_LONG, i));
        }
        runtime.arena().release(mark);
        return slowest;
    }
}
