package io.witan.benchmarks.network;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.DataPath;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.Handle;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import io.witan.collectives.RegisteredBuffer;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A rank: does an operation, checks every element of its result, and says how long it took. */
final class RankRole implements AutoCloseable {
    private static final int CHUNKS = 8;
    private static final int LATENCY_ROUNDS = 2000;

    private final CommunicatorGroup group;
    private final Topology topology;
    private final int partBytes;
    private final RegisteredBuffer buffer;
    private final MemorySegment memory;

    RankRole(int rank, Path driver, Idle idle, long volumeBytes, List<String> endpoints) {
        topology = Topology.of(endpoints.size() / 2, endpoints.size() / 2);
        group = AeronGroups.connect(new GroupConfig(
                1,
                rank,
                topology,
                driver,
                endpoints,
                NodeDriver.DEFAULT_DEADLINE,
                Duration.ofSeconds(60),
                volumeBytes,
                DataPath.SHARED_MEMORY,
                idle));
        partBytes = Math.toIntExact(2 * volumeBytes / topology.rankCount());
        buffer = group.allocate(2 * volumeBytes);
        memory = buffer.segment();
    }

    /** @return nanoseconds from when all are ready to when this rank has its result */
    long run(NetworkOp op, long volumeBytes) {
        MemorySegment part = memory.asSlice(0, volumeBytes);
        Communicator lane = group.lane(CommunicatorGroup.PARAMETERS);
        prepare(op, part);
        lane.barrier().await();
        long startNs = System.nanoTime();
        Handle moving =
                switch (op) {
                    case SPARSE_ALL_GATHER -> lane.sparseAllGather(plan(), chunks(part), volumeBytes / CHUNKS);
                    case SPARSE_REDUCE_SCATTER -> lane.sparseReduceScatter(plan(), chunks(part), volumeBytes / CHUNKS);
                    case ALL_GATHER ->
                        lane.allGather(memory.asSlice((long) group.rank() * partBytes, partBytes), memory);
                    case ALL_REDUCE -> lane.allReduce(part);
                    default -> throw new IllegalArgumentException(op + " is no operation of ranks");
                };
        moving.await();
        long ns = System.nanoTime() - startNs;
        check(op, part);
        return ns;
    }

    /** @return the median time of an all-reduce of 8 bytes, nanoseconds */
    long latency() {
        Communicator lane = group.lane(CommunicatorGroup.TOKENS);
        MemorySegment two = memory.asSlice(0, 2 * Float.BYTES);
        long[] ns = new long[LATENCY_ROUNDS];
        for (int i = -LATENCY_ROUNDS; i < LATENCY_ROUNDS; i++) {
            fill(two, 1);
            long startNs = System.nanoTime();
            lane.allReduce(two).await();
            ns[Math.max(0, i)] = System.nanoTime() - startNs;
            expect(NetworkOp.ALL_REDUCE, two, topology.rankCount());
        }
        Arrays.sort(ns);
        return ns[LATENCY_ROUNDS / 2];
    }

    /** All chunks from the ranks of node 0, in turns, to all: over the wire once, then on inside the nodes. */
    private TransferPlan plan() {
        int local = topology.rankCount() / 2;
        int[] owners = new int[CHUNKS];
        int[][] all = new int[CHUNKS][topology.rankCount()];
        List<Transfer> between = new ArrayList<>();
        List<Transfer> inside = new ArrayList<>();
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            int owner = chunk % local;
            int entry = local + owner;
            owners[chunk] = owner;
            between.add(new Transfer(chunk, owner, entry));
            for (int rank = 0; rank < topology.rankCount(); rank++) {
                all[chunk][rank] = rank;
                if (rank != owner && rank != entry) {
                    inside.add(new Transfer(chunk, rank < local ? owner : entry, rank));
                }
            }
        }
        Placement wide = Placement.ofOwners(owners, topology.rankCount()).with(all);
        return new TransferPlan(topology, wide.ownersOnly(), wide, between, inside).checked();
    }

    private static MemorySegment[] chunks(MemorySegment part) {
        MemorySegment[] chunks = new MemorySegment[CHUNKS];
        long bytes = part.byteSize() / CHUNKS;
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            chunks[chunk] = part.asSlice(chunk * bytes, bytes);
        }
        return chunks;
    }

    private boolean isOwner(long chunk) {
        return chunk % (topology.rankCount() / 2) == group.rank();
    }

    /** Element i of a chunk or part has the value {@code (i % 1000) * (rank + 1)} where the rank gives it, else 0. */
    private void prepare(NetworkOp op, MemorySegment part) {
        memory.fill((byte) 0);
        switch (op) {
            case SPARSE_ALL_GATHER -> {
                MemorySegment[] chunks = chunks(part);
                for (int chunk = 0; chunk < CHUNKS; chunk++) {
                    if (isOwner(chunk)) {
                        fill(chunks[chunk], group.rank() + 1);
                    }
                }
            }
            case SPARSE_REDUCE_SCATTER -> {
                for (MemorySegment chunk : chunks(part)) {
                    fill(chunk, group.rank() + 1);
                }
            }
            case ALL_GATHER -> fill(memory.asSlice((long) group.rank() * partBytes, partBytes), group.rank() + 1);
            default -> fill(part, group.rank() + 1);
        }
    }

    private void check(NetworkOp op, MemorySegment part) {
        int ranks = topology.rankCount();
        int sum = ranks * (ranks + 1) / 2;
        MemorySegment[] chunks = chunks(part);
        switch (op) {
            case SPARSE_ALL_GATHER -> {
                for (int chunk = 0; chunk < CHUNKS; chunk++) {
                    expect(op, chunks[chunk], chunk % (ranks / 2) + 1);
                }
            }
            case SPARSE_REDUCE_SCATTER -> {
                for (int chunk = 0; chunk < CHUNKS; chunk++) {
                    if (isOwner(chunk)) {
                        expect(op, chunks[chunk], sum);
                    }
                }
            }
            case ALL_GATHER -> {
                for (int rank = 0; rank < ranks; rank++) {
                    expect(op, memory.asSlice((long) rank * partBytes, partBytes), rank + 1);
                }
            }
            default -> expect(op, part, sum);
        }
    }

    private static void fill(MemorySegment segment, int factor) {
        for (long i = 0; i < segment.byteSize() / Float.BYTES; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 1000 * factor);
        }
    }

    private void expect(NetworkOp op, MemorySegment segment, int factor) {
        for (long i = 0; i < segment.byteSize() / Float.BYTES; i++) {
            float found = segment.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            if (found != i % 1000 * factor) {
                throw new IllegalStateException(op + ": rank " + group.rank() + " has " + found + " at " + i
                        + ", expected " + i % 1000 * factor);
            }
        }
    }

    @Override
    public void close() {
        buffer.close();
        group.close();
    }
}
