package io.witan.benchmarks.collectives;

import io.witan.benchmarks.collectives.ExpectedValues.Piece;
import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Sets up each operation: buffers, what goes in and what must come out. One thread. */
final class Workloads {
    private final BenchOptions options;
    private final BenchType type;
    private final Communicator lane;
    private final BenchMemory memory;
    private final int rank;
    private final int ranks;

    Workloads(BenchOptions options, Communicator lane, BenchMemory memory) {
        this.options = options;
        this.type = options.type();
        this.lane = lane;
        this.memory = memory;
        this.rank = lane.rank();
        this.ranks = lane.size();
    }

    /** The size that a line asked for {@code bytes} really has: equal parts, whole elements. */
    static long roundedBytes(BenchOp op, long bytes, BenchOptions options) {
        return switch (op) {
            case BARRIER -> 0;
            case BROADCAST, REDUCE, ALL_REDUCE -> BenchSizes.even(bytes, 1, options.type());
            case ALL_GATHER, REDUCE_SCATTER, ALL_TO_ALL, ALL_GATHERV, ALL_TO_ALLV ->
                BenchSizes.even(bytes, options.ranks(), options.type());
            case SPARSE_ALL_GATHER, SPARSE_ALL_GATHER_IN_PLACE, SPARSE_REDUCE_SCATTER ->
                BenchSizes.even(bytes, options.shape().experts(), options.type());
        };
    }

    /** @param bytes as rounded by {@link #roundedBytes} */
    Workload of(BenchOp op, boolean inPlace, long bytes) {
        ExpectedValues values = ExpectedValues.of(options.seed(), op, ranks, type);
        long[] parts =
                BenchSizes.split(bytes, ranks, op.isVariable() ? options.shape().zipf() : 0, type);
        return switch (op) {
            case BARRIER -> barrier(values);
            case BROADCAST -> broadcast(values, bytes);
            case REDUCE -> reduce(values, bytes);
            case ALL_REDUCE -> allReduce(values, bytes, inPlace);
            case ALL_GATHER, ALL_GATHERV -> allGather(values, parts, inPlace);
            case REDUCE_SCATTER -> reduceScatter(values, parts);
            case ALL_TO_ALL, ALL_TO_ALLV -> allToAll(values, parts);
            case SPARSE_ALL_GATHER, SPARSE_ALL_GATHER_IN_PLACE, SPARSE_REDUCE_SCATTER ->
                sparse(values, bytes, SparseLayer.of(lane.topology(), options.shape(), bytes));
        };
    }

    private Workload barrier(ExpectedValues values) {
        MemorySegment none = memory.allocate(0);
        return new Workload(0, 0, values, none, List.of(), none, List.of(), LeastWork.NONE, lane::barrier);
    }

    private Workload broadcast(ExpectedValues values, long bytes) {
        MemorySegment buffer = memory.allocate(bytes);
        List<Piece> roots = List.of(new Piece(0, elements(bytes), 0, 0));
        return new Workload(
                bytes,
                elements(bytes),
                values,
                buffer,
                rank == 0 ? roots : List.of(),
                buffer,
                roots,
                LeastWork.copy(rank == 0 ? 0 : bytes),
                () -> lane.broadcast(buffer, 0));
    }

    /** The root gets the sum, the others keep what they gave. */
    private Workload reduce(ExpectedValues values, long bytes) {
        MemorySegment buffer = memory.allocate(bytes);
        long elements = elements(bytes);
        long share = bytes / ranks;
        return new Workload(
                bytes,
                elements,
                values,
                buffer,
                List.of(new Piece(0, elements, rank, 0)),
                buffer,
                List.of(new Piece(0, elements, rank == 0 ? ExpectedValues.ALL_RANKS : rank, 0)),
                new LeastWork(rank == 0 ? bytes - share : 0, (ranks - 1) * share),
                () -> lane.reduce(buffer, 0, type.sums()));
    }

    private Workload allReduce(ExpectedValues values, long bytes, boolean inPlace) {
        MemorySegment send = memory.allocate(bytes);
        MemorySegment recv = inPlace ? send : memory.allocate(bytes);
        long elements = elements(bytes);
        long share = bytes / ranks;
        return new Workload(
                bytes,
                elements,
                values,
                send,
                List.of(new Piece(0, elements, rank, 0)),
                recv,
                List.of(new Piece(0, elements, ExpectedValues.ALL_RANKS, 0)),
                new LeastWork((ranks - 1) * share, (ranks - 1) * share),
                () -> lane.allReduce(send, recv, type.sums()));
    }

    private Workload allGather(ExpectedValues values, long[] parts, boolean inPlace) {
        long bytes = Arrays.stream(parts).sum();
        long own = elements(parts[rank]);
        MemorySegment recv = memory.allocate(bytes);
        MemorySegment send = inPlace ? recv.asSlice(before(parts, rank), parts[rank]) : memory.allocate(parts[rank]);
        List<Piece> expected = new ArrayList<>();
        for (int peer = 0; peer < ranks; peer++) {
            expected.add(new Piece(elements(before(parts, peer)), elements(parts[peer]), peer, 0));
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
                LeastWork.copy(inPlace ? bytes - parts[rank] : bytes),
                equal ? () -> lane.allGather(send, recv) : () -> lane.allGatherV(send, recv, parts));
    }

    private Workload reduceScatter(ExpectedValues values, long[] parts) {
        long bytes = Arrays.stream(parts).sum();
        MemorySegment send = memory.allocate(bytes);
        MemorySegment recv = memory.allocate(parts[rank]);
        long own = elements(parts[rank]);
        return new Workload(
                bytes,
                own,
                values,
                send,
                List.of(new Piece(0, elements(bytes), rank, 0)),
                recv,
                List.of(new Piece(0, own, ExpectedValues.ALL_RANKS, elements(before(parts, rank)))),
                LeastWork.add((ranks - 1) * parts[rank]),
                () -> lane.reduceScatterV(send, recv, parts, type.sums()));
    }

    private Workload allToAll(ExpectedValues values, long[] parts) {
        long bytes = Arrays.stream(parts).sum();
        long[] received = new long[ranks];
        Arrays.fill(received, parts[rank]);
        MemorySegment send = memory.allocate(bytes);
        MemorySegment recv = memory.allocate(ranks * parts[rank]);
        long own = elements(parts[rank]);
        List<Piece> expected = new ArrayList<>();
        for (int peer = 0; peer < ranks; peer++) {
            expected.add(new Piece(peer * own, own, peer, elements(before(parts, rank))));
        }
        return new Workload(
                bytes,
                own,
                values,
                send,
                List.of(new Piece(0, elements(bytes), rank, 0)),
                recv,
                expected,
                LeastWork.copy(ranks * parts[rank]),
                () -> lane.allToAllV(send, parts, recv, received));
    }

    private Workload sparse(ExpectedValues values, long bytes, SparseLayer layer) {
        boolean gathers = !values.op().reduces();
        long chunkBytes = layer.chunkBytes();
        long count = elements(chunkBytes);
        ChunkViews views = views(values, layer);
        MemorySegment[] chunks = views.chunks();
        int[] copied = Arrays.stream(layer.plan().wide().heldBy(rank))
                .filter(expert -> !views.expected().containsKey(expert))
                .toArray();
        MemorySegment buffer = memory.allocate(copied.length * chunkBytes);
        List<Piece> given = new ArrayList<>();
        List<Piece> expected = new ArrayList<>();
        for (int i = 0; i < copied.length; i++) {
            int expert = copied[i];
            int owner = layer.plan().narrow().owner(expert);
            chunks[expert] = buffer.asSlice(i * chunkBytes, chunkBytes);
            if (owner == rank || !gathers) {
                given.add(new Piece(i * count, count, rank, expert * count));
            }
            if (owner == rank || gathers) {
                boolean summed = !gathers && expert < layer.copied();
                expected.add(new Piece(i * count, count, summed ? ExpectedValues.ALL_RANKS : owner, expert * count));
            }
        }
        long received = layer.received(values.op(), rank) - views.expected().size() * chunkBytes;
        return new Workload(
                bytes,
                count,
                values,
                buffer,
                given,
                buffer,
                expected,
                views,
                gathers ? LeastWork.copy(received) : LeastWork.add(received),
                sparseOperation(values.op(), layer, chunks));
    }

    /** Room for all chunks, and those that the operation makes views of. */
    private ChunkViews views(ExpectedValues values, SparseLayer layer) {
        Map<Integer, Piece> expected = new TreeMap<>();
        if (values.op() == BenchOp.SPARSE_ALL_GATHER_IN_PLACE) {
            long count = elements(layer.chunkBytes());
            for (int expert : layer.plan().wide().heldBy(rank)) {
                if (lane.readsInPlace(layer.plan(), expert)) {
                    int owner = layer.plan().narrow().owner(expert);
                    expected.put(expert, new Piece(0, count, owner, expert * count));
                }
            }
        }
        return new ChunkViews(new MemorySegment[layer.experts()], expected);
    }

    private Supplier<Handle> sparseOperation(BenchOp op, SparseLayer layer, MemorySegment[] chunks) {
        TransferPlan plan = layer.plan();
        long chunkBytes = layer.chunkBytes();
        return switch (op) {
            case SPARSE_ALL_GATHER -> () -> lane.sparseAllGather(plan, chunks, chunkBytes);
            case SPARSE_ALL_GATHER_IN_PLACE -> () -> lane.sparseAllGatherInPlace(plan, chunks, chunkBytes);
            case SPARSE_REDUCE_SCATTER -> () -> lane.sparseReduceScatter(plan, chunks, chunkBytes);
            default -> throw new IllegalArgumentException(op + " is not sparse");
        };
    }

    private long elements(long bytes) {
        return bytes / type.bytes();
    }

    private static long before(long[] parts, int part) {
        return Arrays.stream(parts, 0, part).sum();
    }
}
