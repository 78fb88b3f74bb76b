package io.witan.runtime.profile;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.RowExchange;
import io.witan.runtime.moe.exchange.FlatExchange;
import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.Reach;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Times of collectives on one communicator, in memory as a step has it: what is sent lies where peers may read it. */
final class CollectiveTimes implements AutoCloseable {
    private static final long WARM_UP_NS = 200_000_000;

    private final RankRuntime runtime;
    private final ExchangeMemory memory;
    private final Communicator lane;
    private final RowExchange way;
    private final Amounts amounts;
    private final MemorySegment send;
    private final MemorySegment receive;

    /**
     * What is exchanged.
     *
     * @param ranks of the largest group that exchanges
     * @param rows that a rank sends to all of them, itself among them, at most
     * @param rowBytes of a row
     * @param gradientBytes that all have, at most
     */
    record Amounts(int ranks, long rows, long rowBytes, long gradientBytes) {
        /** Of rows that a rank sends, those that leave it. */
        double leavingBytes(int sent) {
            return (double) sent * rowBytes * (ranks - 1) / ranks;
        }

        /** Of what is gathered or scattered, one rank's. */
        private int partElements() {
            return (int) Math.max(1, rows * rowBytes / Float.BYTES / ranks);
        }

        private int gradientElements() {
            return (int) Math.max(1, gradientBytes / Float.BYTES);
        }

        private long bufferBytes() {
            int[] parts = Sampler.amounts(partElements());
            int[] gradients = Sampler.amounts(gradientElements());
            int[] sent = Sampler.amounts(rows);
            return Math.max(
                    Math.max((long) parts[parts.length - 1] * ranks, gradients[gradients.length - 1]) * Float.BYTES,
                    (sent[sent.length - 1] + ranks) * rowBytes);
        }
    }

    private CollectiveTimes(
            RankRuntime runtime, ExchangeMemory memory, Communicator lane, RowExchange way, Amounts amounts) {
        this.runtime = runtime;
        this.memory = memory;
        this.lane = lane;
        this.way = way;
        this.amounts = amounts;
        this.send = memory.allocate(amounts.bufferBytes());
        this.receive = memory.allocate(amounts.bufferBytes());
    }

    /** Of all ranks. @param way of rows */
    static CollectiveTimes all(RankRuntime runtime, RowExchange way, Amounts amounts) {
        return new CollectiveTimes(runtime, runtime.exchange(), runtime.tokens(), way, amounts);
    }

    /** Of this rank's part of them, with rows straight. @param memory of the part */
    static CollectiveTimes part(RankRuntime runtime, ExchangeMemory memory, Communicator lane, Amounts amounts) {
        return new CollectiveTimes(runtime, memory, lane, new FlatExchange(lane), amounts);
    }

    /** All four. All ranks together. */
    CollectiveLines lines(Reach reach, Sampler sampler, TimeBudget budget) {
        int[] parts = Sampler.amounts(amounts.partElements());
        double partBytes = (double) Float.BYTES * amounts.ranks;
        return new CollectiveLines(
                reach,
                sampler.line(allToAll(), Sampler.amounts(amounts.rows), budget.share()),
                sampler.line(operation(this::allGather, partBytes), parts, budget.share()),
                sampler.line(operation(this::reduceScatter, partBytes), parts, budget.share()),
                sampler.line(
                        operation(this::allReduce, Float.BYTES),
                        Sampler.amounts(amounts.gradientElements()),
                        budget.share()));
    }

    /** By rows that a rank sends, its own share among them. */
    private Sampler.Operation allToAll() {
        return operation(this::allToAll, amounts.leavingBytes(1));
    }

    /** An all-to-all of so many rows, started; straight, whatever the way. */
    Handle beginAllToAll(int rows) {
        int members = lane.size();
        long[] bytes = new long[members];
        for (int r = 0; r < members; r++) {
            bytes[r] = share(rows, r) * amounts.rowBytes;
        }
        long own = share(rows, lane.rank()) * amounts.rowBytes;
        long[] arriving = new long[members];
        Arrays.fill(arriving, own);
        return lane.allToAllV(
                send.asSlice(0, rows * amounts.rowBytes), bytes, receive.asSlice(0, own * members), arriving);
    }

    /** Rows of each rank for one rank. */
    private int share(int rows, int target) {
        return first(rows, target + 1) - first(rows, target);
    }

    private int first(int rows, int target) {
        return (int) ((long) rows * target / lane.size());
    }

    private void allToAll(int rows) {
        int own = share(rows, lane.rank());
        RowExchange.Counts counts = new RowExchange.Counts() {
            @Override
            public int rows(int source, int target) {
                return share(rows, target);
            }

            @Override
            public int sentFrom(int target) {
                return first(rows, target);
            }

            @Override
            public int receivedFrom(int source) {
                return source * own;
            }
        };
        way.start(
                        send.asSlice(0, rows * amounts.rowBytes),
                        counts,
                        receive.asSlice(0, (long) own * lane.size() * amounts.rowBytes),
                        amounts.rowBytes)
                .await();
    }

    private void allGather(int elements) {
        long part = (long) elements * Float.BYTES;
        lane.allGather(send.asSlice(0, part), receive.asSlice(0, part * lane.size()))
                .await();
    }

    private void reduceScatter(int elements) {
        long part = (long) elements * Float.BYTES;
        long[] parts = new long[lane.size()];
        Arrays.fill(parts, part);
        lane.reduceScatterV(send.asSlice(0, part * lane.size()), receive.asSlice(0, part), parts)
                .await();
    }

    private void allReduce(int elements) {
        lane.allReduce(send.asSlice(0, (long) elements * Float.BYTES)).await();
    }

    private interface Run {
        void of(int amount);
    }

    /** @param bytes of an amount of 1, in the size of the line */
    private Sampler.Operation operation(Run run, double bytes) {
        return new Sampler.Operation() {
            @Override
            public long ns(int amount) {
                runtime.tokens().barrier().await();
                if (lane.size() == 1) {
                    return 0;
                }
                long begin = System.nanoTime();
                run.of(amount);
                return System.nanoTime() - begin;
            }

            @Override
            public double size(int amount) {
                return amount * bytes;
            }

            @Override
            public long warmUpNs() {
                return WARM_UP_NS;
            }
        };
    }

    /** After an operation of all ranks that came after the last one here. */
    @Override
    public void close() {
        memory.free(send);
        memory.free(receive);
    }
}
