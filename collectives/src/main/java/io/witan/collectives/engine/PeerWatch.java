package io.witan.collectives.engine;

import java.util.Arrays;

/**
 * Which peers are alive. Its clock never advances by more than one heartbeat a look, so that a rank that was itself stopped
 * for a while does not blame the others.
 */
final class PeerWatch {
    private static final long NEVER = -1;

    private final World world;
    private final long[] heardNs;
    private final boolean[] gone;
    private long lastLookNs;
    private long patientNs;

    PeerWatch(World world, long nowNs) {
        this.world = world;
        this.heardNs = new long[world.size()];
        this.gone = new boolean[world.size()];
        this.lastLookNs = nowNs;
        Arrays.fill(heardNs, NEVER);
    }

    void heard(int peer) {
        heardNs[peer] = patientNs;
    }

    /** The peer left or is lost: it is no longer watched nor waited for. */
    void markGone(int peer) {
        if (peer >= 0 && peer < gone.length) {
            gone[peer] = true;
        }
    }

    boolean isGone(int peer) {
        return peer == world.rank() || gone[peer];
    }

    /** The peer was heard at least once. */
    boolean isKnown(int peer) {
        return heardNs[peer] != NEVER;
    }

    void look(long nowNs) {
        patientNs += Math.min(Math.max(0, nowNs - lastLookNs), world.heartbeatNs());
        lastLookNs = nowNs;
    }

    /** The lowest peer that was heard once and is now silent for too long; -1 if there is none. */
    int silentPeer() {
        for (int peer = 0; peer < heardNs.length; peer++) {
            if (!isGone(peer) && heardNs[peer] != NEVER && patientNs - heardNs[peer] > world.silenceNs()) {
                return peer;
            }
        }
        return -1;
    }

    double silentSeconds(int peer) {
        return (patientNs - heardNs[peer]) / 1e9;
    }
}
