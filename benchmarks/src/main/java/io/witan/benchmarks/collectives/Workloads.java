package io.witan.benchmarks.collectives;

import io.witan.benchmarks.collectives.ExpectedValues.Piece;
import io.witan.collectives.Communicator;
import io.witan.collectives.ElementType;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Sets up each operation: buffers, what goes in and what must come out. One thread. */
final class Workloads {
    private final BenchOptions options;
    private final Communicator lane;
    private final BenchMemory memory;
    private final int rank;
    private final int ranks;

    Workloads(BenchOptions options, Communicator lane, BenchMemory memory) {
        this.options = options;
        this.lane = lane;
        this.memory = memory;
        this.rank = lane.rank();
        this.ranks = lane.size();
    }

    /** The size that a line asked for {@code bytes} really has: equal parts, whole floats. */
    static long roundedBytes(BenchOp op, long bytes, BenchOptions options) {
        return switch (op) {
            case BARRIER -> 0;
            case BROADCAST, ALL_REDUCE -> BenchSizes.even(bytes, 1);
            case ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL, ALL_GATHERV, ALL_TO_ALLV ->
                BenchSizes.even(bytes, options.ranks());
            case SPARSE_ALL_GATHER, SPARSE_REDUCE_SCATTER -> BenchSizes.even(bytes, options.experts());
        };
    }

    /** @param bytes as rounded by {@link #roundedBytes} */
    Workload of(BenchOp op, boolean inPlace, long bytes) {
        ExpectedValues values = new ExpectedValues(options.seed(), op, ranks);
        long[] parts = BenchSizes.split(bytes, ranks, op.isVariable() ? options.zipf() : 0);
        return switch (op) {
            case BARRIER ->
                new Workload(0, 0, values, memory.allocate(0), List.of(), memory.allocate(0), List.of(), lane::barrier);
            case BROADCAST -> broadcast(values, bytes);
            case ALL_REDUCE -> allReduce(values, bytes, inPlace);
            case ALL_GATHER, ALL_GATHERV -> allGather(values, parts, inPlace);
            case REDUCE_SCATTER -> reduceScatter(values, parts);
            case ALL_TO_ALL, ALL_TO_ALLV -> allToAll(values, parts);
            case SPARSE_ALL_GATHER, SPARSE_REDUCE_SCATTER -> sparse(values, bytes);
        };
    }

    private Workload broadcast(ExpectedValues values, long bytes) {
        MemorySegment buffer = memory.allocate(bytes);
        long floats = bytes / Float.BYTES;
        List<Piece> roots = List.of(new Piece(0, floats, 0, 0));
        return new Workload(
                bytes,
                floats,
                values,
                buffer,
                rank == 0 ? roots : List.of(),
                buffer,
                roots,
                () -> lane.broadcast(buffer, 0));
    }

    private Workload allReduce(ExpectedValues values, long bytes, boolean inPlace) {
        MemorySegment send = memory.allocate(bytes);
        MemorySegment recv = inPlace ? send : memory.allocate(bytes);
        long floats = bytes / Float.BYTES;
        return new Workload(
                bytes,
                floats,
                values,
                send,
                List.of(new Piece(0, floats, rank, 0)),
                recv,
                List.of(new Piece(0, floats, ExpectedValues.ALL_RANKS, 0)),
                () -> lane.allReduce(send, recv, ElementType.FP32));
    }

    private Workload allGather(ExpectedValues values, long[] parts, boolean inPlace) {
        long bytes = Arrays.stream(parts).sum();
        long own = parts[rank] / Float.BYTES;
        MemorySegment recv = memory.allocate(bytes);
        MemorySegment send = inPlace ? recv.asSlice(before(parts, rank), parts[rank]) : memory.allocate(parts[rank]);
        List<Piece> expected = new ArrayList<>();
        for (int peer = 0; peer < ranks; peer++) {
            expected.add(new Piece(before(parts, peer) / Float.BYTES, parts[peer] / Float.BYTES, peer, 0));
        }
        boolean equal = values.op() == BenchOp.ALL_GATHER;
        return new Workload(
                bytes,
                own,
                values,
                send,
                List.of(new Piece(0, own, rank, 0)),
                recv,
                expected,
                equal ? () -> lane.allGather(send, recv) : () -> lane.allGatherV(send, recv, parts));
    }

    private Workload reduceScatter(ExpectedValues values, long[] parts) {
        long bytes = Arrays.stream(parts).sum();
        MemorySegment send = memory.allocate(bytes);
        MemorySegment recv = memory.allocate(parts[rank]);
        long own = parts[rank] / Float.BYTES;
        return new Workload(
                bytes,
                own,
                values,
                send,
                List.of(new Piece(0, bytes / Float.BYTES, rank, 0)),
                recv,
                List.of(new Piece(0, own, ExpectedValues.ALL_RANKS, before(parts, rank) / Float.BYTES)),
                () -> lane.reduceScatterV(send, recv, parts));
    }

    private Workload allToAll(ExpectedValues values, long[] parts) {
        long bytes = Arrays.stream(parts).sum();
        long[] received = new long[ranks];
        Arrays.fill(received, parts[rank]);
        MemorySegment send = memory.allocate(bytes);
        MemorySegment recv = memory.allocate(ranks * parts[rank]);
        long own = parts[rank] / Float.BYTES;
        List<Piece> expected = new ArrayList<>();
        for (int peer = 0; peer < ranks; peer++) {
            expected.add(new Piece(peer * own, own, peer, before(parts, rank) / Float.BYTES));
        }
        return new Workload(
                bytes,
                own,
                values,
                send,
                List.of(new Piece(0, bytes / Float.BYTES, rank, 0)),
                recv,
                expected,
                () -> lane.allToAllV(send, parts, recv, received));
    }

    /** Owners round-robin; the first experts are copied to all ranks, so that owners have equally many of them. */
    private Workload sparse(ExpectedValues values, long bytes) {
        int experts = options.experts();
        int copied = options.materialised();
        long chunkBytes = bytes / experts;
        long floats = chunkBytes / Float.BYTES;
        Placement narrow = Placement.ofOwners(
                IntStream.range(0, experts).map(e -> e % ranks).toArray(), ranks);
        int[][] everywhere = new int[copied][];
        Arrays.fill(everywhere, IntStream.range(0, ranks).toArray());
        Placement wide = narrow.with(everywhere);
        TransferPlan plan = HierarchicalTransferPlanner.plan(lane.topology(), narrow, wide, null);
        boolean gathers = values.op() == BenchOp.SPARSE_ALL_GATHER;

        int[] held = wide.heldBy(rank);
        MemorySegment buffer = memory.allocate(held.length * chunkBytes);
        MemorySegment[] chunks = new MemorySegment[experts];
        List<Piece> given = new ArrayList<>();
        List<Piece> expected = new ArrayList<>();
        for (int i = 0; i < held.length; i++) {
            int expert = held[i];
            chunks[expert] = buffer.asSlice(i * chunkBytes, chunkBytes);
            boolean owned = narrow.owner(expert) == rank;
            if (owned || !gathers) {
                given.add(new Piece(i * floats, floats, rank, expert * floats));
            }
            if (owned || gathers) {
                boolean summed = !gathers && expert < copied;
                int source = summed ? ExpectedValues.ALL_RANKS : narrow.owner(expert);
                expected.add(new Piece(i * floats, floats, source, expert * floats));
            }
        }
        return new Workload(
                bytes,
                floats,
                values,
                buffer,
                given,
                buffer,
                expected,
                gathers
                        ? () -> lane.sparseAllGather(plan, chunks, chunkBytes)
                        : () -> lane.sparseReduceScatter(plan, chunks, chunkBytes));
    }

    private static long before(long[] parts, int part) {
        return Arrays.stream(parts, 0, part).sum();
    }
}
