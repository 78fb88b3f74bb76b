package io.witan.benchmarks.collectives;

import io.witan.collectives.Communicator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Numbers that all ranks work out together; they call it alike. One thread. */
final class Agreement {
    private final Communicator lane;
    private final BenchMemory memory;
    private final MemorySegment own;
    private final MemorySegment all;

    Agreement(Communicator lane, BenchMemory memory) {
        this.lane = lane;
        this.memory = memory;
        this.own = memory.allocate(Long.BYTES);
        this.all = memory.allocate((long) Long.BYTES * lane.size());
    }

    /** Rank 0's value. */
    long ofRankZero(long value) {
        own.set(ValueLayout.JAVA_LONG, 0, value);
        lane.broadcast(own, 0).await();
        return own.get(ValueLayout.JAVA_LONG, 0);
    }

    long sum(long value) {
        own.set(ValueLayout.JAVA_LONG, 0, value);
        lane.allGather(own, all).await();
        return Arrays.stream(all.toArray(ValueLayout.JAVA_LONG)).sum();
    }

    /** Makes each value the largest that a rank has; the ranks have equally many. */
    void largest(long[] values) {
        if (values.length == 0) {
            return;
        }
        MemorySegment mine = memory.allocate((long) Long.BYTES * values.length);
        MemorySegment gathered = memory.allocate(mine.byteSize() * lane.size());
        MemorySegment.copy(values, 0, mine, ValueLayout.JAVA_LONG, 0, values.length);
        lane.allGather(mine, gathered).await();
        for (int i = 0; i < values.length; i++) {
            for (int rank = 0; rank < lane.size(); rank++) {
                long found = gathered.getAtIndex(ValueLayout.JAVA_LONG, (long) rank * values.length + i);
                values[i] = Math.max(values[i], found);
            }
        }
        lane.barrier().await();
    }
}
