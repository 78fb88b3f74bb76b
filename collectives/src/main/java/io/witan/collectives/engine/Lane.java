package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/** One FIFO stream of operations of one rank. Guarded by the engine's lock. */
final class Lane {
    private static final int POLL_LIMIT = 32;
    private static final int BURST = 8;
    private static final int ROUNDS = 16;
    private static final int PULL_BYTES = 1024 * 1024;

    private final World world;
    private final int index;
    private final Transport transport;
    private final FrameSender sender;
    private final FrameGate gate;
    private final Consumer<Fault> faults;
    private final CallCheck check;
    private final FrameHandler handler = new DataHandler();
    private final Scratch scratch = new Scratch();
    private final TrafficCount traffic = new TrafficCount();
    private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
    private Operation current;
    private boolean faulted;
    private long submitted;
    private long completed;

    Lane(World world, int index, Transport transport, FrameSender sender, FrameGate gate, Consumer<Fault> faults) {
        this.world = world;
        this.index = index;
        this.transport = transport;
        this.sender = sender;
        this.gate = gate;
        this.check = new CallCheck(world.rank(), index);
        this.faults = fault -> {
            faulted = true;
            faults.accept(fault);
        };
    }

    void submit(Operation operation) {
        operation.enqueued(submitted++);
        waiting.add(operation);
    }

    long inFlight() {
        return submitted - completed;
    }

    /** Operations completed: peers may count on their bytes from this rank. */
    long completed() {
        return completed;
    }

    Operation current() {
        return current;
    }

    TrafficCount traffic() {
        return traffic;
    }

    long scratchBytes() {
        return scratch.reservedBytes();
    }

    /** Moves what can be moved now; returns how much was done, 0 if nothing. Not to be called after a fault. */
    int progress(long nowNs) {
        int work = 0;
        for (int round = 0; round < ROUNDS && !faulted; round++) {
            if (current == null && !startNext(nowNs)) {
                return work;
            }
            int moved = exchange();
            work += moved;
            if (faulted) {
                return work;
            }
            if (current.isPhaseOver()) {
                advance();
                work++;
            } else {
                checkDeadline(nowNs);
                if (moved == 0) {
                    return work;
                }
            }
        }
        return work;
    }

    private boolean startNext(long nowNs) {
        current = waiting.poll();
        if (current != null) {
            current.start(scratch, nowNs);
        }
        return current != null;
    }

    private int exchange() {
        if (!current.hasPhase()) {
            return 0;
        }
        Phase phase = current.phase();
        int work = 0;
        if (world.size() > 1) {
            work += transport.poll(1 + index, handler, POLL_LIMIT);
        }
        for (int i = 1; i < world.size() && !faulted; i++) {
            int peer = (world.rank() + i) % world.size();
            work += sendTo(peer) + pullFrom(peer);
        }
        if (!faulted && !phase.hasActed() && phase.isExchanged()) {
            phase.act();
            work++;
            if (phase.hasActed()) {
                giveBack(phase);
            }
        }
        return work;
    }

    private int sendTo(int target) {
        Message message = current.phase().toward(target);
        int frames = 0;
        while (message != null && !message.isComplete() && frames < BURST) {
            long before = message.doneBytes();
            if (!sender.data(target, index, current, message)) {
                break;
            }
            traffic.sent(current.code(), message.doneBytes() - before);
            frames++;
        }
        if (message != null && message.loan() > 0 && transport.returned(target, 1 + index) >= message.loan()) {
            message.settle();
            frames++;
        }
        return frames;
    }

    private int pullFrom(int source) {
        Message message = current.phase().from(source);
        return message != null && message.pull(PULL_BYTES) > 0 ? 1 : 0;
    }

    private void giveBack(Phase phase) {
        for (int source = 0; source < world.size(); source++) {
            Message message = phase.from(source);
            if (message != null && message.loan() > 0 && !transport.giveBack(source, 1 + index)) {
                faults.accept(check.fault(
                        current,
                        FaultKind.TRANSPORT,
                        source,
                        "rank " + source + " gave up while rank " + world.rank() + " read its memory"));
            }
        }
    }

    private void advance() {
        if (current.hasPhase()) {
            current.endPhase();
        }
        if (!current.hasPhase()) {
            completed++;
            current.complete();
            current = null;
        }
    }

    /** The message to which a frame belongs; null if it stays where it is, or is not to be had because of a fault. */
    private Message messageOf(Frame frame) {
        if (faulted || isLater(frame) || isPulling(frame.source())) {
            return null;
        }
        Fault fault = frame.sequence() == current.sequence() && frame.phase() <= current.phaseIndex()
                ? check.check(current, frame)
                : check.skipped(current, frame);
        if (fault != null) {
            faults.accept(fault);
            return null;
        }
        traffic.received(current.code(), frame.payloadBytes());
        return current.phase().from(frame.source());
    }

    private boolean isPulling(int source) {
        Message message = current.phase().from(source);
        return message != null && message.isPulling();
    }

    private final class DataHandler implements FrameHandler {
        @Override
        public boolean onFrame(MemorySegment segment, long at, int length) {
            Frame frame = gate.data(index, segment, at, length);
            if (frame == null) {
                return true;
            }
            Message message = messageOf(frame);
            if (message != null) {
                message.fill(segment, frame.payloadAt(), frame.payloadBytes());
            }
            return message != null;
        }

        @Override
        public boolean onLoan(MemorySegment segment, long at, MemorySegment payload) {
            int length = FrameLayout.HEADER_BYTES + (int) payload.byteSize();
            Frame frame = gate.data(index, segment, at, length);
            if (frame == null) {
                return true;
            }
            Message message = messageOf(frame);
            if (message != null && message.borrow(payload)) {
                traffic.readInPlace(payload.byteSize());
            }
            return message != null;
        }
    }

    /** A frame of a later operation or phase, from a rank that owes nothing before it: leave it where it is. */
    private boolean isLater(Frame frame) {
        int source = frame.source();
        if (frame.sequence() > current.sequence()) {
            return !current.stillOwes(source);
        }
        return frame.sequence() == current.sequence()
                && frame.phase() > current.phaseIndex()
                && !current.phase().owes(source);
    }

    private void checkDeadline(long nowNs) {
        if (nowNs - current.startedNs() > world.deadlineNs()) {
            faults.accept(waitingFault(nowNs));
        }
    }

    /** What the current operation waits for, as a DEADLINE fault; null if there is none in an exchange. */
    Fault waitingFault(long nowNs) {
        if (current == null || !current.hasPhase()) {
            return null;
        }
        String after = String.format(" after %.1f s", (nowNs - current.startedNs()) / 1e9);
        for (int peer = 0; peer < world.size(); peer++) {
            if (current.phase().owes(peer)) {
                return check.fault(current, FaultKind.DEADLINE, peer, missing(peer) + after);
            }
        }
        for (int peer = 0; peer < world.size(); peer++) {
            if (current.phase().isOwed(peer)) {
                return check.fault(current, FaultKind.DEADLINE, peer, untaken(peer) + after);
            }
        }
        return null;
    }

    /** That a peer is gone, as a fault of the current operation or of none. */
    Fault lostFault(int peer, String why) {
        if (current == null || !current.hasPhase()) {
            return Fault.idle(
                    FaultKind.PEER_LOST,
                    peer,
                    world.rank(),
                    "between operations: rank " + peer + " is lost (" + why + ")");
        }
        String bytes = current.phase().owes(peer)
                ? ": " + missing(peer)
                : current.phase().isOwed(peer) ? ": " + untaken(peer) : "";
        return check.fault(current, FaultKind.PEER_LOST, peer, "rank " + peer + " is lost (" + why + ")" + bytes);
    }

    private String missing(int peer) {
        Message message = current.phase().from(peer);
        return message.isUntouched()
                ? "rank " + peer + " sent none of " + message.totalBytes() + " B to rank " + world.rank()
                : "rank " + peer + " sent " + message.doneBytes() + " of " + message.totalBytes() + " B to rank "
                        + world.rank();
    }

    private String untaken(int peer) {
        Message message = current.phase().toward(peer);
        if (message.isComplete()) {
            return "rank " + peer + " has not finished reading " + message.totalBytes() + " B of rank " + world.rank();
        }
        return "rank " + peer + " took " + message.doneBytes() + " of " + message.totalBytes() + " B from rank "
                + world.rank();
    }

    /** Ends all operations in flight with that fault. */
    void fail(Fault fault) {
        faulted = true;
        if (current != null) {
            transport.recall(1 + index);
            current.fail(fault);
            current = null;
        }
        for (Operation operation = waiting.poll(); operation != null; operation = waiting.poll()) {
            operation.fail(fault);
        }
        completed = submitted;
    }

    void close() {
        scratch.close();
    }
}
