package io.witan.runtime.train;

import io.witan.collectives.CommunicatorGroup;
import io.witan.runtime.memory.ResidentSize;

/** Takes the {@link RankFigures} of this rank. One thread. */
final class RankMeter {
    private static final long MEMORY_INTERVAL_NS = 1_000_000_000;
    private static final double SECONDS_PER_NS = 1e-9;

    private final CommunicatorGroup group;
    private long beganNs;
    private long awaitedBeforeNs;
    private long ownNs;
    private long waitNs;
    private long sentBefore;
    private long residentBytes;
    private long residentReadNs;

    RankMeter(CommunicatorGroup group) {
        this.group = group;
        this.residentReadNs = System.nanoTime() - MEMORY_INTERVAL_NS;
        this.sentBefore = sentBytes();
    }

    /** From here on time counts. */
    void begin() {
        awaitedBeforeNs = group.awaitedNs();
        beganNs = System.nanoTime();
    }

    /** Until {@link #begin} it counts no more. */
    void end() {
        long all = System.nanoTime() - beganNs;
        long waited = Math.min(all, group.awaitedNs() - awaitedBeforeNs);
        waitNs += waited;
        ownNs += all - waited;
    }

    /** The figures since the last time; time goes on counting. */
    RankFigures take() {
        end();
        long sent = sentBytes();
        RankFigures figures =
                new RankFigures(ownNs * SECONDS_PER_NS, waitNs * SECONDS_PER_NS, sent - sentBefore, residentBytes());
        sentBefore = sent;
        ownNs = 0;
        waitNs = 0;
        begin();
        return figures;
    }

    private long residentBytes() {
        long nowNs = System.nanoTime();
        if (nowNs - residentReadNs >= MEMORY_INTERVAL_NS) {
            residentReadNs = nowNs;
            residentBytes = ResidentSize.read().bytes();
        }
        return residentBytes;
    }

    private long sentBytes() {
        long bytes = 0;
        for (int lane = 0; lane < group.laneCount(); lane++) {
            bytes += group.lane(lane).traffic().sentBytes();
        }
        return bytes;
    }
}
