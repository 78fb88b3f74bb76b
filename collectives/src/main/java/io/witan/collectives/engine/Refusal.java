package io.witan.collectives.engine;

import io.witan.collectives.wire.FrameType;

/**
 * The end of a rendezvous that fails. A rank first hears everyone out, so that the verdict depends on what the ranks are and
 * not on who came first; then it agrees with them; then it stays until they have the verdict too.
 */
final class Refusal {
    /** Checks in their order, as the stage of a fault: the most basic difference is the verdict. */
    static final int VERSION = 0;

    static final int WORLD_SIZE = 1;
    static final int CONFIGURATION = 2;
    static final int DATA_PATH = 3;
    static final int INSTANCE = 4;
    static final int SHARED_MEMORY = 5;

    private final World world;
    private final FrameSender sender;
    private final FaultAgreement agreement;
    private final PeerWatch watch;
    private final boolean[] leaveTold;
    private final boolean[] confirmed;
    private boolean speaks;
    private long spokeNs;
    private boolean settled;
    private long settledNs;

    Refusal(World world, FrameSender sender, long nowNs) {
        this.world = world;
        this.sender = sender;
        this.agreement = new FaultAgreement(world);
        this.watch = new PeerWatch(world, nowNs);
        this.leaveTold = new boolean[world.size()];
        this.confirmed = new boolean[world.size()];
    }

    boolean isOpen() {
        return agreement.isOpen();
    }

    void propose(Fault fault, long nowNs) {
        agreement.raise(fault, nowNs);
    }

    void learn(int peer, Fault fault, long nowNs) {
        agreement.learn(peer, fault, nowNs);
    }

    /** The peer has settled. What it said before is all that it will say. */
    void peerLeft(int peer) {
        watch.markGone(peer);
        confirmed[peer] = true;
    }

    void peerAcknowledged(int peer) {
        confirmed[peer] = true;
    }

    /**
     * One step; returns the work done.
     *
     * @param heardOut every peer was heard and reached
     * @param endNs of the rendezvous: until then a peer may be late
     */
    int step(boolean heardOut, long nowNs, long endNs) {
        if (!speaks && (heardOut || isDivided() || nowNs - endNs >= 0)) {
            speaks = true;
            spokeNs = nowNs;
        }
        if (!speaks) {
            return 0;
        }
        int work = agreement.tell(sender, watch);
        long graceEndsNs = spokeNs + world.graceNs();
        agreement.waitUntil(isDivided() || graceEndsNs - endNs > 0 ? graceEndsNs : endNs);
        if (!settled && agreement.settle(watch, nowNs)) {
            settled = true;
            settledNs = nowNs;
        }
        return work + (settled ? tellLeave() : 0);
    }

    /** True when the verdict stands and all who share it know that this rank does too. */
    boolean isOver(long nowNs) {
        return settled && (nowNs - settledNs >= world.lingerNs() || isConfirmed());
    }

    /** The lowest fault so far; final once {@link #isOver}. */
    Fault verdict() {
        return agreement.lowest();
    }

    /** Ranks of other versions or world sizes cannot all hear each other: waiting for their words would be in vain. */
    private boolean isDivided() {
        return agreement.lowest().stage() < CONFIGURATION;
    }

    private int tellLeave() {
        int sent = 0;
        for (int peer = 0; peer < leaveTold.length; peer++) {
            if (!leaveTold[peer] && agreement.isSharedBy(peer)) {
                int bytes = world.laneCount() * Long.BYTES;
                sender.payload().asSlice(0, bytes).fill((byte) 0);
                leaveTold[peer] = sender.control(peer, FrameType.LEAVE, bytes);
                sent += leaveTold[peer] ? 1 : 0;
            }
        }
        return sent;
    }

    private boolean isConfirmed() {
        for (int peer = 0; peer < confirmed.length; peer++) {
            if (agreement.isSharedBy(peer) && !(confirmed[peer] && leaveTold[peer])) {
                return false;
            }
        }
        return true;
    }
}
