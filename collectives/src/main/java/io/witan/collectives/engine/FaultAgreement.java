package io.witan.collectives.engine;

import io.witan.collectives.wire.FrameType;
import java.util.Arrays;

/**
 * How all ranks come to the same verdict. Every rank tells all others the lowest fault that it knows, and again whenever it
 * learns a lower one; it settles when every peer that is not gone has said the same, or when the grace time is over. Once a
 * rank has said anything it takes no new faults of its own, so the lowest is final once all have spoken.
 */
final class FaultAgreement {
    private final World world;
    private final Fault[] said;
    private final boolean[] owed;
    private Fault lowest;
    private Fault verdict;
    private boolean spoken;
    private long graceEndsNs;

    FaultAgreement(World world) {
        this.world = world;
        this.said = new Fault[world.size()];
        this.owed = new boolean[world.size()];
    }

    boolean isOpen() {
        return lowest != null;
    }

    Fault verdict() {
        return verdict;
    }

    /** The lowest fault known; null if there is none. */
    Fault lowest() {
        return lowest;
    }

    /** The peer's last word was the lowest fault known. */
    boolean isSharedBy(int peer) {
        return lowest != null && lowest.equals(said[peer]);
    }

    /** This rank's own view; too late once it has told anyone, who may have settled on that. */
    void raise(Fault fault, long nowNs) {
        if (!spoken) {
            take(fault, nowNs);
        }
    }

    void learn(int peer, Fault fault, long nowNs) {
        said[peer] = fault;
        take(fault, nowNs);
    }

    /** Another end of the grace time than that after the first fault. */
    void waitUntil(long endNs) {
        graceEndsNs = endNs;
    }

    /** Sends what is owed; returns the frames sent. */
    int tell(FrameSender sender, PeerWatch watch) {
        int sent = 0;
        for (int peer = 0; lowest != null && peer < owed.length; peer++) {
            if (owed[peer] && !watch.isGone(peer)) {
                owed[peer] = !sender.control(peer, FrameType.ABORT, lowest.encode(sender.payload()));
                spoken |= !owed[peer];
                sent += owed[peer] ? 0 : 1;
            }
        }
        return sent;
    }

    /** True once the verdict stands. */
    boolean settle(PeerWatch watch, long nowNs) {
        if (verdict == null && lowest != null && (nowNs - graceEndsNs >= 0 || isUnanimous(watch))) {
            verdict = lowest;
        }
        return verdict != null;
    }

    /** The verdict without asking anyone: this rank can no longer be heard, or leaves. */
    void settleAlone(Fault fault) {
        if (verdict == null) {
            lowest = lowest == null ? fault : lowest;
            verdict = fault;
        }
    }

    /** In a world of one rank the first fault is the verdict. */
    void settleIfOpen() {
        verdict = verdict == null ? lowest : verdict;
    }

    private void take(Fault fault, long nowNs) {
        if (lowest == null) {
            graceEndsNs = nowNs + world.graceNs();
        }
        if (verdict == null && (lowest == null || fault.compareTo(lowest) < 0)) {
            lowest = fault;
            Arrays.fill(owed, true);
        }
    }

    private boolean isUnanimous(PeerWatch watch) {
        boolean namesLost = lowest.kind() == FaultKind.PEER_LOST;
        for (int peer = 0; peer < said.length; peer++) {
            boolean asked = !watch.isGone(peer) && !(namesLost && lowest.rank() == peer);
            if (asked && (owed[peer] || !lowest.equals(said[peer]))) {
                return false;
            }
        }
        return true;
    }
}
