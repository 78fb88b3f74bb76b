package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A rank as a process of its own: all-reduces until something fails, and says what. */
final class RankProcess {
    static final long RUN_ID = 0x51AB;
    static final Duration DEADLINE = Duration.ofSeconds(60);

    private RankProcess() {}

    /** args: rank, ranks, driver directory, data path. */
    public static void main(String[] args) {
        int rank = Integer.parseInt(args[0]);
        GroupConfig config = new GroupConfig(
                RUN_ID,
                rank,
                Topology.of(Integer.parseInt(args[1])),
                Path.of(args[2]),
                List.of(),
                DEADLINE,
                Duration.ofSeconds(60),
                1,
                DataPath.valueOf(args[3]),
                Idle.BACKOFF);
        try (CommunicatorGroup group = AeronGroups.connect(config)) {
            Communicator lane = group.lane(0);
            MemorySegment buffer = group.allocate(800_000).segment();
            for (int step = 0; ; step++) {
                lane.mark(step, 0);
                lane.allReduce(buffer).await();
                if (step % 20 == 0) {
                    System.out.println("step " + step);
                }
            }
        } catch (CollectiveException verdict) {
            System.out.println("verdict " + verdict.kind() + " " + verdict.rank() + " " + verdict.getMessage());
        }
    }
}
