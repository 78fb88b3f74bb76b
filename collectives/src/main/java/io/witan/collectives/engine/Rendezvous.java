package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** How ranks find each other: each sends one HELLO to every other and waits for theirs. */
final class Rendezvous {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int HELLO_BYTES = 24;
    private static final int POLL_LIMIT = 64;
    private static final long PARK_NS = 200_000;

    private final World world;
    private final Transport transport;
    private final FrameSender sender;
    private final FrameGate gate;
    private final long[] instance;
    private final boolean[] heard;
    private final boolean[] reached;
    private final FaultAgreement agreement;
    private final PeerWatch watch;

    Rendezvous(World world, Transport transport, FrameSender sender, FrameGate gate) {
        this.world = world;
        this.transport = transport;
        this.sender = sender;
        this.gate = gate;
        this.instance = new long[world.size()];
        this.heard = new boolean[world.size()];
        this.reached = new boolean[world.size()];
        this.agreement = new FaultAgreement(world);
        this.watch = new PeerWatch(world, System.nanoTime());
        heard[world.rank()] = true;
        reached[world.rank()] = true;
        instance[world.rank()] = System.nanoTime() ^ ProcessHandle.current().pid() << 40;
    }

    /** Null if all are there and agree. */
    Fault meet(long timeoutNs) {
        long endNs = System.nanoTime() + timeoutNs;
        while (!isComplete() && System.nanoTime() - endNs < 0) {
            int work = greet();
            work += transport.poll(Transport.CONTROL_STREAM, this::onFrame, POLL_LIMIT);
            if (agreement.isOpen()) {
                return refuse();
            }
            if (work == 0) {
                LockSupport.parkNanos(PARK_NS);
            }
        }
        return isComplete() ? null : timedOut(timeoutNs);
    }

    private int greet() {
        int sent = 0;
        for (int peer = 0; peer < world.size(); peer++) {
            if (!reached[peer]) {
                MemorySegment hello = sender.payload();
                hello.set(LONG, 0, world.size());
                hello.set(LONG, 8, world.configHash());
                hello.set(LONG, 16, instance[world.rank()]);
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
            case HEARTBEAT, LEAVE_ACK, DATA -> true;
            // Comes after its sender's HELLO; kept for the engine, which must know.
            case LEAVE -> false;
        };
    }

    private void onHello(Frame frame, MemorySegment segment) {
        int peer = frame.source();
        if (frame.version() != FrameLayout.VERSION) {
            propose(differ(peer, "speaks protocol version " + frame.version(), "speaks " + FrameLayout.VERSION));
            return;
        }
        if (frame.payloadBytes() != HELLO_BYTES) {
            return;
        }
        long size = segment.get(LONG, frame.payloadAt());
        long config = segment.get(LONG, frame.payloadAt() + 8);
        long theirs = segment.get(LONG, frame.payloadAt() + 16);
        if (size != world.size()) {
            propose(differ(peer, "was started with " + size + " ranks", "with " + world.size()));
        } else if (peer < 0 || peer >= size) {
            propose(differ(peer, "does not exist in a world of " + size, "expects ranks below that"));
        } else if (config != world.configHash()) {
            propose(differ(
                    peer,
                    String.format("has configuration hash %016x", config),
                    String.format("has %016x", world.configHash())));
        } else if (peer == world.rank() || heard[peer] && instance[peer] != theirs) {
            propose(Fault.idle(
                    FaultKind.MISMATCH, peer, world.rank(), "rendezvous: two processes claim to be rank " + peer));
        } else {
            heard[peer] = true;
            instance[peer] = theirs;
        }
    }

    private Fault differ(int peer, String theirs, String ours) {
        return Fault.idle(
                FaultKind.MISMATCH,
                peer,
                world.rank(),
                "rendezvous: rank " + peer + " " + theirs + ", rank " + world.rank() + " " + ours);
    }

    private void onAbort(int peer, Fault fault) {
        if (fault != null) {
            agreement.learn(peer, fault, System.nanoTime());
        }
    }

    private void propose(Fault fault) {
        agreement.raise(fault, System.nanoTime());
    }

    /** Agrees with whoever is within reach, for a bounded time. */
    private Fault refuse() {
        while (!agreement.settle(watch, System.nanoTime())) {
            int work = greet() + agreement.tell(sender, watch);
            work += transport.poll(Transport.CONTROL_STREAM, this::onFrame, POLL_LIMIT);
            if (work == 0) {
                LockSupport.parkNanos(PARK_NS);
            }
        }
        return agreement.verdict();
    }

    private boolean isComplete() {
        for (int peer = 0; peer < heard.length; peer++) {
            if (!heard[peer] || !reached[peer]) {
                return false;
            }
        }
        return true;
    }

    private Fault timedOut(long timeoutNs) {
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
        text.append(String.format(" of %d within %.1f s", world.size(), timeoutNs / 1e9));
        if (gate.droppedFrames() > 0) {
            text.append("; ").append(gate.droppedFrames()).append(" frames of other runs were dropped");
        }
        int first = silent.isEmpty() ? unreachable.getFirst() : silent.getFirst();
        return Fault.idle(FaultKind.RENDEZVOUS, first, world.rank(), text.toString());
    }
}
