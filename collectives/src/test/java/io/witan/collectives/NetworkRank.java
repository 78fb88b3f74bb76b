package io.witan.collectives;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A rank, or a node's driver, as a process of its own that does a part at each line of its stdin, and ends with it. */
final class NetworkRank {
    static final Topology TOPOLOGY = Topology.of(2, 2);
    static final int CHUNK_BYTES = 4 << 20;
    static final int STEPS = 4;
    static final int FLOATS = 30_000;
    private static final int EXPERTS = 8;
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private NetworkRank() {}

    /** Every expert on every rank. */
    static TransferPlan plan() {
        int ranks = TOPOLOGY.rankCount();
        int[] owners = IntStream.range(0, EXPERTS).map(expert -> expert % ranks).toArray();
        int[][] all = new int[EXPERTS][];
        Arrays.fill(all, IntStream.range(0, ranks).toArray());
        return SparsePlans.plan(TOPOLOGY, Placement.ofOwners(owners, ranks).with(all), SparsePlans.Shape.STAR);
    }

    /** All operations. */
    static String workload(CommunicatorGroup group) {
        return Workload.digest(group, STEPS, FLOATS);
    }

    /** One sparse operation on {@link #plan}, its buffers made beforehand. */
    static final class Exchange {
        private final CommunicatorGroup group;
        private final boolean reduces;
        private final MemorySegment[] chunks = new MemorySegment[EXPERTS];

        Exchange(CommunicatorGroup group, boolean reduces) {
            this.group = group;
            this.reduces = reduces;
            for (int e = 0; e < EXPERTS; e++) {
                int seed = 100 * e + (reduces ? group.rank() : 0);
                chunks[e] = reduces || isOwner(e)
                        ? Floats.of(Floats.rough(seed, CHUNK_BYTES / Float.BYTES))
                        : Floats.bytes(CHUNK_BYTES);
            }
        }

        void run() {
            Communicator lane = group.lane(CommunicatorGroup.PARAMETERS);
            Handle moving = reduces
                    ? lane.sparseReduceScatter(plan(), chunks, CHUNK_BYTES)
                    : lane.sparseAllGather(plan(), chunks, CHUNK_BYTES);
            moving.await();
        }

        String digest() {
            long hash = 17;
            for (int e = 0; e < EXPERTS; e++) {
                hash = !reduces || isOwner(e) ? Workload.fold(hash, chunks[e]) : hash;
            }
            return Long.toHexString(hash);
        }

        private boolean isOwner(int expert) {
            return expert % TOPOLOGY.rankCount() == group.rank();
        }
    }

    /** args: driver directory, and for a rank its number and all endpoints. */
    public static void main(String[] args) throws IOException {
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        if (args.length == 1) {
            try (NodeDriver driver = NodeDriver.start(Path.of(args[0]), DEADLINE)) {
                System.out.println("up");
                while (input.readLine() != null) {
                    System.out.println(driver.counts());
                }
            }
            return;
        }
        GroupConfig config = new GroupConfig(
                42,
                Integer.parseInt(args[1]),
                TOPOLOGY,
                Path.of(args[0]),
                List.of(args).subList(2, args.length),
                DEADLINE,
                DEADLINE,
                1);
        try (CommunicatorGroup group = AeronGroups.connect(config)) {
            System.out.println("up");
            Exchange exchange = null;
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                switch (line) {
                    case "workload" -> System.out.println("digest " + workload(group));
                    case "gather", "reduce" -> {
                        exchange = new Exchange(group, line.equals("reduce"));
                        System.out.println("ready");
                    }
                    default -> {
                        exchange.run();
                        System.out.println("moved");
                        System.out.println("digest " + exchange.digest());
                    }
                }
            }
        }
    }
}
