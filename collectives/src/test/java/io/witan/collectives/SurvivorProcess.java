package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** A rank as a process of its own that goes on without those that die, and says what it sees. */
final class SurvivorProcess {
    static final long RUN_ID = 0x5A1E;
    static final Duration DEADLINE = Duration.ofSeconds(20);
    static final int STEPS = 4;
    static final int FLOATS = 20_000;

    private SurvivorProcess() {}

    /** args: rank, ranks of each node with commas, driver directory, endpoints with commas, data path, deaths to survive. */
    public static void main(String[] args) {
        int[] perNode =
                Arrays.stream(args[1].split(",")).mapToInt(Integer::parseInt).toArray();
        CommunicatorGroup group = AeronGroups.connect(new GroupConfig(
                RUN_ID,
                Integer.parseInt(args[0]),
                Topology.of(perNode),
                Path.of(args[2]),
                List.of(args[3].split(",")),
                DEADLINE,
                Duration.ofSeconds(60),
                1,
                DataPath.valueOf(args[4]),
                Idle.BACKOFF));
        for (int death = 0; death < Integer.parseInt(args[5]); death++) {
            CollectiveException verdict = reduceUntilFailure(group);
            System.out.println("verdict " + verdict.kind() + " " + verdict.worldRank() + " " + verdict.getMessage());
            group = group.shrink(verdict.rank());
        }
        goOn(group);
    }

    private static void goOn(CommunicatorGroup group) {
        try (group;
                RegisteredBuffer pool = group.allocate(Workload.POOL_BYTES)) {
            System.out.println("digest " + Workload.digest(group, STEPS, FLOATS) + " of " + group.worldRanks());
            MemorySegment buffer = pool.segment();
            for (int step = 0; step < 50; step++) {
                reduce(group, buffer, step);
            }
            System.out.println("done");
        }
    }

    private static CollectiveException reduceUntilFailure(CommunicatorGroup group) {
        MemorySegment buffer = group.allocate(800_000).segment();
        try {
            for (int step = 0; ; step++) {
                group.lane(0).mark(step, 0);
                reduce(group, buffer, step);
                if (step % 20 == 0) {
                    System.out.println("step " + step);
                }
            }
        } catch (CollectiveException verdict) {
            return verdict;
        }
    }

    /** Of values whose sum is exact. */
    private static void reduce(CommunicatorGroup group, MemorySegment buffer, int step) {
        int size = group.topology().rankCount();
        long count = buffer.byteSize() / Float.BYTES;
        for (long i = 0; i < count; i++) {
            buffer.setAtIndex(Floats.FLOAT, i, group.rank() + (step + i) % 1000);
        }
        group.lane(0).allReduce(buffer).await();
        for (long i = 0; i < count; i++) {
            float expected = size * (size - 1) / 2 + size * ((step + i) % 1000);
            if (buffer.getAtIndex(Floats.FLOAT, i) != expected) {
                throw new AssertionError("element " + i + " of step " + step + " is "
                        + buffer.getAtIndex(Floats.FLOAT, i) + ", expected " + expected);
            }
        }
    }
}
