package io.witan.benchmarks.pieces;

import io.witan.collectives.shared.OwnRegions;
import io.witan.collectives.shared.SharedTransport;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.NoTransport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** One of two ranks that pass a number to and fro through rings in shared memory, copied or lent. One thread. */
final class HopEnd implements FrameHandler, AutoCloseable {
    private static final int STREAM = 1;
    private static final int LANES = 1;
    private static final long RUN_ID = 1;
    private static final long REGION_BYTES = 4096;
    private static final long SPINS_BETWEEN_LOOKS = 1 << 20;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private final Arena arena = Arena.ofShared();
    private final SharedTransport transport;
    private final OwnRegions.Region region;
    private final MemorySegment header;
    private final int peer;
    private final boolean lends;
    private long received;

    HopEnd(Path folder, int rank, boolean lends) {
        this.peer = 1 - rank;
        this.lends = lends;
        this.transport = SharedTransport.open(new NoTransport(), Topology.singleNode(2), rank, LANES, RUN_ID, folder);
        this.region = transport.regions().allocate(REGION_BYTES);
        this.header = arena.allocate(FrameLayout.HEADER_BYTES, Long.BYTES);
        new Frame()
                .wrap(header, 0)
                .begin(RUN_ID, rank)
                .type(FrameType.DATA)
                .target(peer)
                .payloadBytes(Long.BYTES);
    }

    /** Both ends exist. */
    void attach() {
        if (!transport.attach(peer)) {
            throw new IllegalStateException("rank " + peer + " has no ring");
        }
    }

    void send(long value) {
        region.memory().set(ValueLayout.JAVA_LONG, 0, value);
        boolean taken = lends
                ? transport.lend(peer, STREAM, header, region.memory(), 0)
                : transport.offer(peer, STREAM, header, region.memory(), 0, Long.BYTES);
        if (!taken) {
            throw new IllegalStateException("the ring to rank " + peer + " is full, though it holds one frame at most");
        }
    }

    /**
     * The number that came.
     *
     * @throws IllegalStateException if none comes for 20 s, or this thread is interrupted
     */
    long receive() {
        long spins = 0;
        long end = 0;
        while (transport.poll(STREAM, this, 1) == 0) {
            Thread.onSpinWait();
            if (++spins % SPINS_BETWEEN_LOOKS == 0) {
                end = end == 0 ? System.nanoTime() + DEADLINE_NS : end;
                if (System.nanoTime() - end > 0 || Thread.currentThread().isInterrupted()) {
                    throw new IllegalStateException("nothing came from rank " + peer);
                }
            }
        }
        if (lends && !transport.giveBack(peer, STREAM)) {
            throw new IllegalStateException("rank " + peer + " has recalled its loans");
        }
        return received;
    }

    @Override
    public boolean onFrame(MemorySegment segment, long at, int length) {
        received = segment.get(ValueLayout.JAVA_LONG_UNALIGNED, at + FrameLayout.HEADER_BYTES);
        return true;
    }

    @Override
    public boolean onLoan(MemorySegment segment, long at, MemorySegment lent, long lentAt) {
        received = lent.get(ValueLayout.JAVA_LONG_UNALIGNED, lentAt);
        return true;
    }

    @Override
    public void close() {
        region.close();
        transport.close();
        arena.close();
    }
}
