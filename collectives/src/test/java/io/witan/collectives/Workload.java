package io.witan.collectives;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongFunction;

/** A few steps of all operations on both lanes, whose results are a function of the topology alone. */
final class Workload {
    /** Enough for the rooms of six steps of 30,000 floats. */
    static final long POOL_BYTES = 16L << 20;

    private Workload() {}

    /** A digest of everything that the rank received. */
    static String digest(CommunicatorGroup group, int steps, int floats) {
        return digest(group, steps, floats, Floats::bytes);
    }

    /** As above, with buffers of a given kind. */
    static String digest(CommunicatorGroup group, int steps, int floats, LongFunction<MemorySegment> rooms) {
        Topology topology = group.topology();
        int rank = group.rank();
        long hash = 17;
        for (int step = 0; step < steps; step++) {
            Communicator tokens = group.lane(CommunicatorGroup.TOKENS);
            Communicator parameters = group.lane(CommunicatorGroup.PARAMETERS);
            tokens.mark(step, 0);
            parameters.mark(step, 1);
            Placement wide = SparsePlans.randomWide(topology, 5, 0.5, new SplittableRandom(step));
            SparsePlans.Shape shape = step % 2 == 0 ? SparsePlans.Shape.STAR : SparsePlans.Shape.CHAIN;
            TransferPlan plan = SparsePlans.plan(topology, wide, shape);
            MemorySegment[] chunks = chunks(wide, rank, step, floats, rooms);
            Handle gather = parameters.sparseAllGather(plan, chunks, 4L * floats);
            MemorySegment sum = filled(rooms, 100L * step + rank, floats);
            Handle reduction = tokens.allReduce(sum);
            MemorySegment received = exchange(tokens, step, rooms);
            gather.await();
            reduction.await();
            hash = fold(hash, sum);
            hash = fold(hash, received);
            MemorySegment rooted = filled(rooms, 31L * step + rank, floats);
            tokens.broadcast(rooted, step % tokens.size()).await();
            rooted.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, rank);
            tokens.reduce(rooted, (step + 1) % tokens.size(), ElementType.FP32).await();
            hash = fold(hash, rooted);
            for (int e : wide.heldBy(rank)) {
                hash = fold(hash, chunks[e]);
            }
            parameters.sparseReduceScatter(plan, chunks, 4L * floats).await();
            for (int e : wide.heldBy(rank)) {
                hash = wide.owner(e) == rank ? fold(hash, chunks[e]) : hash;
            }
        }
        group.lane(0).barrier().await();
        return Long.toHexString(hash);
    }

    private static MemorySegment filled(LongFunction<MemorySegment> rooms, long seed, int floats) {
        return rooms.apply(4L * floats).copyFrom(Floats.of(Floats.rough(seed, floats)));
    }

    private static MemorySegment[] chunks(
            Placement wide, int rank, int step, int floats, LongFunction<MemorySegment> rooms) {
        MemorySegment[] chunks = new MemorySegment[wide.expertCount()];
        for (int e : wide.heldBy(rank)) {
            chunks[e] = wide.owner(e) == rank ? filled(rooms, 7L * step + e, floats) : rooms.apply(4L * floats);
        }
        return chunks;
    }

    private static MemorySegment exchange(Communicator lane, int step, LongFunction<MemorySegment> rooms) {
        long[] sends = new long[lane.size()];
        long[] receives = new long[lane.size()];
        for (int peer = 0; peer < lane.size(); peer++) {
            sends[peer] = bytes(lane.rank(), peer, step);
            receives[peer] = bytes(peer, lane.rank(), step);
        }
        MemorySegment send = rooms.apply(Arrays.stream(sends).sum());
        send.fill((byte) (lane.rank() * 16 + step));
        MemorySegment recv = rooms.apply(Arrays.stream(receives).sum());
        lane.allToAllV(send, sends, recv, receives).await();
        return recv;
    }

    private static long bytes(int source, int target, int step) {
        return (source + target + step) % 3 == 0 ? 0 : 500L * source + 70L * target + step;
    }

    static long fold(long hash, MemorySegment segment) {
        long h = hash;
        for (long i = 0; i < segment.byteSize(); i++) {
            h = (h ^ segment.get(ValueLayout.JAVA_BYTE, i)) * 0x100000001b3L;
        }
        return h;
    }
}
