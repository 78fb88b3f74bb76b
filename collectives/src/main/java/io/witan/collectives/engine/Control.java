package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;

/** The control stream of one rank: heartbeats, the agreement on a fault, and leaving. Guarded by the engine's lock. */
final class Control {
    private static final int POLL_LIMIT = 64;

    private final World world;
    private final Transport transport;
    private final FrameSender sender;
    private final FrameGate gate;
    private final PeerWatch watch;
    private final FaultAgreement agreement;
    private final Departure departure;
    private final FrameHandler handler = this::onFrame;
    private Lane[] lanes = {};
    private long nextHeartbeatNs;
    private long nextLookNs;
    private long nowNs;

    Control(World world, Transport transport, FrameSender sender, FrameGate gate, long nowNs) {
        this.world = world;
        this.transport = transport;
        this.sender = sender;
        this.gate = gate;
        this.watch = new PeerWatch(world, nowNs);
        this.agreement = new FaultAgreement(world);
        this.departure = new Departure(world);
        this.nextHeartbeatNs = nowNs;
        this.nextLookNs = nowNs;
        this.nowNs = nowNs;
    }

    void watchOver(Lane[] lanes) {
        this.lanes = lanes;
    }

    FaultAgreement agreement() {
        return agreement;
    }

    Departure departure() {
        return departure;
    }

    /** All peers were met at the rendezvous: from now on their silence counts. */
    void metAll() {
        for (int peer = 0; peer < world.size(); peer++) {
            watch.heard(peer);
        }
    }

    void raise(Fault fault) {
        agreement.raise(fault, nowNs);
    }

    int poll(long now) {
        nowNs = now;
        int work = transport.poll(Transport.CONTROL_STREAM, handler, POLL_LIMIT);
        watch.look(now);
        return work;
    }

    int progress(long now) {
        nowNs = now;
        findLostPeers(now);
        int work = agreement.tell(sender, watch);
        work += departure.tell(sender, watch, lanes, agreement.verdict() != null);
        if (now - nextHeartbeatNs >= 0) {
            beat();
            nextHeartbeatNs = now + world.heartbeatNs();
        }
        if (agreement.settle(watch, now) && agreement.verdict().kind() == FaultKind.PEER_LOST) {
            watch.markGone(agreement.verdict().rank());
        }
        return work;
    }

    boolean isReleased() {
        return departure.isReleased(watch);
    }

    private boolean onFrame(MemorySegment segment, long at, int length) {
        Frame frame = gate.control(segment, at, length);
        if (frame == null) {
            return true;
        }
        int peer = frame.source();
        watch.heard(peer);
        switch (frame.type()) {
            case ABORT -> learn(peer, Fault.decode(segment, frame.payloadAt(), frame.payloadBytes()));
            case LEAVE -> {
                departure.peerLeft(frame, segment);
                watch.markGone(peer);
            }
            case LEAVE_ACK -> departure.peerAcknowledged(peer);
            case HEARTBEAT, HELLO, DATA -> {}
        }
        return true;
    }

    private void learn(int peer, Fault fault) {
        if (fault == null) {
            return;
        }
        boolean first = !agreement.isOpen();
        agreement.learn(peer, fault, nowNs);
        if (first && fault.kind() == FaultKind.DEADLINE) {
            addOwnWait(fault);
        }
    }

    /** Whoever waits in turn says for whom, so that the verdict names the rank at the root and not a victim. */
    private void addOwnWait(Fault heard) {
        if (heard.lane() < 0 || heard.lane() >= lanes.length) {
            return;
        }
        Fault waiting = lanes[heard.lane()].waitingFault(nowNs);
        if (waiting != null && waiting.sequence() <= heard.sequence()) {
            agreement.raise(waiting, nowNs);
        }
    }

    private void findLostPeers(long now) {
        if (now - nextLookNs >= 0) {
            nextLookNs = now + world.heartbeatNs();
            findEndedPeers();
        }
        int silent = watch.silentPeer();
        if (silent >= 0) {
            String why = String.format("silent for %.1f s", watch.silentSeconds(silent));
            watch.markGone(silent);
            raiseLost(silent, why);
        }
        for (int lane = 0; lane < lanes.length && !agreement.isOpen(); lane++) {
            int left = departure.missedBy(lanes[lane], lane);
            if (left >= 0) {
                raise(lanes[lane].lostFault(left, "it left"));
            }
        }
    }

    private void findEndedPeers() {
        for (int peer = 0; peer < world.size(); peer++) {
            if (!watch.isGone(peer) && transport.hasEnded(peer)) {
                watch.markGone(peer);
                raiseLost(peer, "its process ended");
            }
        }
    }

    private void raiseLost(int peer, String why) {
        if (agreement.isOpen()) {
            return;
        }
        for (Lane lane : lanes) {
            raise(lane.lostFault(peer, why));
        }
    }

    private void beat() {
        for (int peer = 0; peer < world.size(); peer++) {
            if (!watch.isGone(peer)) {
                sender.control(peer, FrameType.HEARTBEAT, 0);
            }
        }
    }
}
