package io.witan.collectives.engine;

import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How ranks find each other: each sends one HELLO to every other and waits for theirs. Driven by {@link #meet}, or step by
 * step with any clock.
 */
final class Rendezvous {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HELLO_BYTES = 32;
    private static final int POLL_LIMIT = 64;
    private static final long PARK_NS = 200_000;

    private final World world;
    private final Transport transport;
    private final FrameSender sender;
    private final FrameGate gate;
    private final long[] instance;
    private final boolean[] heard;
    private final boolean[] reached;
    private final long startNs;
    private final long endNs;
    private final Refusal refusal;
    private long nowNs;
    private boolean over;
    private Fault outcome;

    Rendezvous(World world, Transport transport, FrameSender sender, FrameGate gate, long nowNs, long timeoutNs) {
        this.world = world;
        this.transport = transport;
        this.sender = sender;
        this.gate = gate;
        this.instance = new long[world.size()];
        this.heard = new boolean[world.size()];
        this.reached = new boolean[world.size()];
        this.startNs = nowNs;
        this.endNs = nowNs + timeoutNs;
        this.refusal = new Refusal(world, sender, nowNs);
        this.nowNs = nowNs;
        heard[world.rank()] = true;
        reached[world.rank()] = true;
        instance[world.rank()] = System.nanoTime() ^ ProcessHandle.current().pid() << 40;
    }

    /**
     * Null if all are there and agree.
     *
     * @param givenUp true once this rank shall wait no longer
     */
    Fault meet(BooleanSupplier givenUp) {
        while (!over) {
            if (givenUp.getAsBoolean()) {
                return Fault.idle(FaultKind.CLOSED, world.rank(), world.rank(), "rendezvous: this rank gave up");
            }
            if (step(System.nanoTime()) == 0) {
                LockSupport.parkNanos(PARK_NS);
            }
        }
        return outcome;
    }

    boolean isOver() {
        return over;
    }

    /** Once over: null if all are there and agree. */
    Fault outcome() {
        return outcome;
    }

    /** Greets, listens and concludes; returns the work done. */
    int step(long now) {
        nowNs = now;
        try {
            int work = greet() + transport.poll(Transport.CONTROL_STREAM, this::onFrame, POLL_LIMIT);
            return work + conclude();
        } catch (TransportException broken) {
            if (!refusal.isOpen()) {
                throw broken;
            }
            // What is known tells more, and is what the peers agree on if they have spoken.
            end(refusal.verdict());
            return 1;
        }
    }

    private int conclude() {
        int work = 0;
        if (refusal.isOpen()) {
            work = refusal.step(isComplete(), nowNs, endNs);
            if (refusal.isOver(nowNs)) {
                end(refusal.verdict());
            }
        } else if (isComplete()) {
            end(null);
        } else if (nowNs - endNs >= 0) {
            end(timedOut());
        }
        return work;
    }

    private void end(Fault fault) {
        over = true;
        outcome = fault;
    }

    private int greet() {
        int sent = 0;
        for (int peer = 0; peer < world.size(); peer++) {
            if (!reached[peer]) {
                MemorySegment hello = sender.payload();
                hello.set(LONG, 0, world.size());
                hello.set(LONG, 8, world.configHash());
                hello.set(LONG, 16, instance[world.rank()]);
                hello.set(LONG, 24, transport.sharesMemory() ? 1 : 0);
                reached[peer] = sender.control(peer, FrameType.HELLO, HELLO_BYTES);
                sent += reached[peer] ? 1 : 0;
            }
        }
        return sent;
    }

    private boolean onFrame(MemorySegment segment, long at, int length) {
        Frame frame = gate.greeting(segment, at, length);
        if (frame == null) {
            return true;
        }
        return switch (frame.type()) {
            case HELLO -> {
                onHello(frame, segment);
                yield true;
            }
            case ABORT -> {
                onAbort(frame.source(), Fault.decode(segment, frame.payloadAt(), frame.payloadBytes()));
                yield true;
            }
            case LEAVE_ACK -> {
                refusal.peerAcknowledged(frame.source());
                yield true;
            }
            // Comes after its sender's HELLO; kept for the engine, which must know, if there will be one.
            case LEAVE -> {
                if (refusal.isOpen()) {
                    refusal.peerLeft(frame.source());
                }
                yield refusal.isOpen();
            }
            case HEARTBEAT, DATA -> true;
        };
    }

    private void onHello(Frame frame, MemorySegment segment) {
        int peer = frame.source();
        if (frame.version() == FrameLayout.VERSION && frame.payloadBytes() != HELLO_BYTES) {
            return;
        }
        Fault fault = judge(frame, segment);
        if (fault != null) {
            refusal.propose(fault, nowNs);
        }
        if (peer >= 0 && peer < heard.length && !heard[peer]) {
            heard[peer] = fault != null || attach(peer);
        }
    }

    private Fault judge(Frame frame, MemorySegment segment) {
        int peer = frame.source();
        if (frame.version() != FrameLayout.VERSION) {
            return differ(
                    Refusal.VERSION,
                    peer,
                    "speaks protocol version %d, rank %d speaks %d",
                    frame.version(),
                    FrameLayout.VERSION);
        }
        long size = segment.get(LONG, frame.payloadAt());
        if (size != world.size()) {
            return differ(
                    Refusal.WORLD_SIZE, peer, "was started with %d ranks, rank %d with %d", size, (long) world.size());
        }
        if (peer < 0 || peer >= size) {
            return alone(Refusal.WORLD_SIZE, peer, "rank " + peer + " does not exist in a world of " + size);
        }
        long config = segment.get(LONG, frame.payloadAt() + 8);
        if (config != world.configHash()) {
            return differ(
                    Refusal.CONFIGURATION,
                    peer,
                    "has configuration hash %016x, rank %d has %016x",
                    config,
                    world.configHash());
        }
        boolean shares = segment.get(LONG, frame.payloadAt() + 24) != 0;
        if (shares != transport.sharesMemory()) {
            int sharing = shares ? peer : world.rank();
            int other = shares ? world.rank() : peer;
            String text = "rendezvous: rank " + sharing + " moves data inside a node through shared memory, rank "
                    + other + " over Aeron";
            return new Fault(
                    Fault.IDLE,
                    0,
                    FaultKind.MISMATCH,
                    Refusal.DATA_PATH,
                    Math.min(sharing, other),
                    Math.max(sharing, other),
                    text);
        }
        long theirs = segment.get(LONG, frame.payloadAt() + 16);
        if (peer == world.rank() || heard[peer] && instance[peer] != theirs) {
            return alone(Refusal.INSTANCE, peer, "two processes claim to be rank " + peer);
        }
        instance[peer] = theirs;
        return null;
    }

    /** False if the peer has given up meanwhile: it counts as one that was not heard. */
    private boolean attach(int peer) {
        try {
            return transport.attach(peer);
        } catch (BadPeerException unfit) {
            refusal.propose(
                    alone(Refusal.SHARED_MEMORY, peer, "rank " + world.rank() + ": " + unfit.getMessage()), nowNs);
            return true;
        }
    }

    /** The same fault on both ranks. */
    private Fault differ(int check, int peer, String format, long theirs, long ours) {
        int low = Math.min(peer, world.rank());
        int high = Math.max(peer, world.rank());
        long lows = low == peer ? theirs : ours;
        long highs = low == peer ? ours : theirs;
        String text = "rendezvous: rank " + low + " " + String.format(format, lows, high, highs);
        return new Fault(Fault.IDLE, 0, FaultKind.MISMATCH, check, low, high, text);
    }

    private Fault alone(int check, int peer, String text) {
        return new Fault(Fault.IDLE, 0, FaultKind.MISMATCH, check, peer, world.rank(), "rendezvous: " + text);
    }

    private void onAbort(int peer, Fault fault) {
        if (fault != null) {
            refusal.learn(peer, fault, nowNs);
        }
    }

    private boolean isComplete() {
        for (int peer = 0; peer < heard.length; peer++) {
            if (!heard[peer] || !reached[peer]) {
                return false;
            }
        }
        return true;
    }

    private Fault timedOut() {
        List<Integer> silent = new ArrayList<>();
        List<Integer> unreachable = new ArrayList<>();
        for (int peer = 0; peer < heard.length; peer++) {
            if (!heard[peer]) {
                silent.add(peer);
            } else if (!reached[peer]) {
                unreachable.add(peer);
            }
        }
        StringBuilder text = new StringBuilder("rendezvous: ");
        if (!silent.isEmpty()) {
            text.append("no word from ranks ").append(silent);
        }
        if (!unreachable.isEmpty()) {
            text.append(silent.isEmpty() ? "" : ", ").append("no way to ranks ").append(unreachable);
        }
        text.append(String.format(" of %d within %.1f s", world.size(), (endNs - startNs) / 1e9));
        if (gate.droppedFrames() > 0) {
            text.append("; ").append(gate.droppedFrames()).append(" frames of other runs were dropped");
        }
        int first = silent.isEmpty() ? unreachable.getFirst() : silent.getFirst();
        return Fault.idle(FaultKind.RENDEZVOUS, first, world.rank(), text.toString());
    }
}
