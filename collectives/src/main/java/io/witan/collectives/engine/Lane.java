package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** One FIFO stream of operations of one rank. Guarded by the engine's lock. */
final class Lane {
    private static final int POLL_LIMIT = 32;
    private static final int BURST = 8;
    private static final long NOT_OBSERVED = Long.MIN_VALUE;

    private final World world;
    private final int index;
    private final Transport transport;
    private final FrameSender sender;
    private final FrameGate gate;
    private final OperationRing ring;
    private final Consumer<Fault> faults;
    private final CallCheck check;
    private final FrameHandler handler = new DataHandler();
    private final Exchange exchange;
    private final TrafficCount traffic = new TrafficCount();
    private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
    private Operation current;
    private boolean givenBack;
    /** Null: nobody listens. */
    private CompletionListener listener;
    /** When the current operation was first in line, if somebody listens. */
    private long startedNs;
    /** What was sent before it. */
    private long sentBefore;

    private boolean faulted;
    private long submitted;
    private long completed;
    /** Of these, those that did not fail. */
    private long succeeded;

    Lane(
            World world,
            int index,
            Transport transport,
            FrameSender sender,
            FrameGate gate,
            OperationRing ring,
            Consumer<Fault> faults) {
        this.world = world;
        this.index = index;
        this.transport = transport;
        this.sender = sender;
        this.gate = gate;
        this.ring = ring;
        this.exchange = new Exchange(world.rank(), world.size());
        this.check = new CallCheck(world.rank(), index, exchange);
        this.faults = fault -> {
            faulted = true;
            faults.accept(fault);
        };
    }

    /** @param heard null: nobody; an operation that is current now is not told of */
    void observe(CompletionListener heard) {
        listener = heard;
        startedNs = NOT_OBSERVED;
    }

    void submit(Operation operation) {
        operation.enqueued(submitted++);
        ring.enqueued(index, operation);
        waiting.add(operation);
    }

    long inFlight() {
        return submitted - completed;
    }

    /** Operations that were called for. */
    long submitted() {
        return submitted;
    }

    /** Operations completed: peers may count on their bytes from this rank. */
    long completed() {
        return completed;
    }

    long succeeded() {
        return succeeded;
    }

    /** Null if there is none. */
    Operation current() {
        return current;
    }

    /** The current operation waits for bytes from that rank, or has some for it. */
    boolean needs(int peer) {
        return current != null && (exchange.owes(peer) || exchange.isOwed(peer));
    }

    TrafficCount traffic() {
        return traffic;
    }

    long scratchBytes() {
        return exchange.scratch().reservedBytes();
    }

    /**
     * Moves what can be moved now, in at most so many rounds of a slice each; returns how much was done, 0 if nothing. Not to
     * be called after a fault.
     */
    int progress(long nowNs, int rounds) {
        int work = 0;
        for (int round = 0; round < rounds && !faulted; round++) {
            if (current == null && !startNext(nowNs)) {
                return work;
            }
            int moved = exchange();
            work += moved;
            if (faulted) {
                return work;
            }
            if (exchange.isDone() && exchange.isReturned()) {
                complete();
                work++;
            } else if (moved == 0) {
                checkDeadline(nowNs);
                return work;
            }
        }
        if (current != null && !faulted) {
            checkDeadline(nowNs);
        }
        return work;
    }

    private boolean startNext(long nowNs) {
        current = waiting.poll();
        if (current == null) {
            return false;
        }
        givenBack = false;
        if (listener != null) {
            startedNs = System.nanoTime();
        }
        sentBefore = traffic.sent(current.code());
        ring.started(current, nowNs);
        current.start(exchange, nowNs);
        return true;
    }

    private int exchange() {
        int work = 0;
        if (world.size() > 1) {
            work += transport.poll(1 + index, handler, POLL_LIMIT);
        }
        for (int i = 1; i < world.size() && !faulted; i++) {
            int peer = (world.rank() + i) % world.size();
            work += sendTo(peer) + pullFrom(peer);
        }
        if (!faulted && exchange.act() > 0) {
            work++;
        }
        if (!faulted && !givenBack && exchange.isDone()) {
            giveBack();
            work++;
        }
        return work;
    }

    private int sendTo(int target) {
        Message message = exchange.toward(target);
        if (message == null) {
            return 0;
        }
        int frames = 0;
        while (!message.isComplete() && frames < BURST) {
            long before = message.doneBytes();
            if (!sender.data(target, index, current, message)) {
                break;
            }
            traffic.sent(current.code(), message.doneBytes() - before);
            frames++;
        }
        if (message.loan() > 0 && transport.returned(target, 1 + index) >= message.loan()) {
            message.settle();
            frames++;
        }
        return frames;
    }

    private int pullFrom(int source) {
        Message message = exchange.from(source);
        return message != null && message.pull(Exchange.SLICE_BYTES, exchange.scratch()) > 0 ? 1 : 0;
    }

    private void giveBack() {
        givenBack = true;
        for (int source = 0; source < world.size(); source++) {
            Message message = exchange.from(source);
            if (message != null && message.loan() > 0 && !transport.giveBack(source, 1 + index)) {
                faults.accept(check.fault(
                        current,
                        FaultKind.TRANSPORT,
                        source,
                        "rank " + source + " gave up while rank " + world.rank() + " read its memory"));
            }
        }
    }

    private void complete() {
        Operation done = current;
        current = null;
        completed++;
        succeeded++;
        exchange.clear();
        long nowNs = System.nanoTime();
        ring.done(done, nowNs, traffic.sent(done.code()) - sentBefore);
        if (listener != null && startedNs != NOT_OBSERVED) {
            tell(done, nowNs);
        }
        done.complete();
    }

    /** Before it counts as done, so that whoever waits for it finds it told. One that throws hears no more of this lane. */
    private void tell(Operation done, long nowNs) {
        try {
            listener.completed(index, done, startedNs, nowNs, traffic.sent(done.code()) - sentBefore);
        } catch (RuntimeException _) {
            listener = null;
        }
    }

    /** The message to which a frame belongs; null if it stays where it is, or is not to be had because of a fault. */
    private Message messageOf(Frame frame, boolean lent) {
        if (faulted || isLater(frame) || isPulling(frame.source())) {
            return null;
        }
        Fault fault = frame.sequence() == current.sequence()
                ? check.check(current, frame, lent)
                : check.skipped(current, frame);
        if (fault != null) {
            faults.accept(fault);
            return null;
        }
        traffic.received(current.code(), frame.payloadBytes());
        return exchange.from(frame.source());
    }

    private boolean isPulling(int source) {
        Message message = exchange.from(source);
        return message != null && message.isPulling();
    }

    private final class DataHandler implements FrameHandler {
        @Override
        public boolean onFrame(MemorySegment segment, long at, int length) {
            Frame frame = gate.data(index, segment, at, length);
            if (frame == null) {
                return true;
            }
            Message message = messageOf(frame, false);
            if (message != null) {
                message.fill(segment, frame.payloadAt(), frame.payloadBytes(), exchange.scratch());
            }
            return message != null;
        }

        @Override
        public boolean onLoan(MemorySegment segment, long at, MemorySegment lent, long lentAt) {
            Frame frame = gate.lent(index, segment, at);
            if (frame == null) {
                return true;
            }
            Message message = messageOf(frame, true);
            if (message != null && message.borrow(lent, lentAt, frame.payloadBytes())) {
                traffic.readInPlace(frame.payloadBytes());
            }
            return message != null;
        }
    }

    /** A frame of a later operation, from a rank that owes nothing before it: leave it where it is. */
    private boolean isLater(Frame frame) {
        return frame.sequence() > current.sequence() && !exchange.owes(frame.source());
    }

    private void checkDeadline(long nowNs) {
        Fault waiting = nowNs - current.startedNs() > world.deadlineNs() ? waitingFault(nowNs) : null;
        if (waiting != null) {
            faults.accept(waiting);
        }
    }

    /** What the current operation waits for, as a DEADLINE fault; null if it has only work of its own to do. */
    Fault waitingFault(long nowNs) {
        if (current == null) {
            return null;
        }
        String after = String.format(" after %.1f s", (nowNs - current.startedNs()) / 1e9);
        int peer = exchange.leastOwing();
        if (peer >= 0) {
            return check.fault(current, FaultKind.DEADLINE, peer, missing(peer) + after);
        }
        for (peer = 0; peer < world.size(); peer++) {
            if (exchange.isOwed(peer)) {
                return check.fault(current, FaultKind.DEADLINE, peer, untaken(peer) + after);
            }
        }
        return null;
    }

    /** That a peer is gone, as a fault of the current operation or of none. */
    Fault lostFault(int peer, String why) {
        if (current == null) {
            return Fault.idle(
                    FaultKind.PEER_LOST,
                    peer,
                    world.rank(),
                    "between operations: rank " + peer + " is lost (" + why + ")");
        }
        String bytes = exchange.owes(peer) ? ": " + missing(peer) : exchange.isOwed(peer) ? ": " + untaken(peer) : "";
        return check.fault(current, FaultKind.PEER_LOST, peer, "rank " + peer + " is lost (" + why + ")" + bytes);
    }

    private String missing(int peer) {
        Message message = exchange.from(peer);
        return message.isUntouched()
                ? "rank " + peer + " sent none of " + message.totalBytes() + " B to rank " + world.rank()
                : "rank " + peer + " sent " + message.doneBytes() + " of " + message.totalBytes() + " B to rank "
                        + world.rank();
    }

    private String untaken(int peer) {
        Message message = exchange.toward(peer);
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
            recordStuck();
            transport.recall(1 + index);
            Operation failed = current;
            current = null;
            exchange.clear();
            failed.fail(fault);
        }
        for (Operation operation = waiting.poll(); operation != null; operation = waiting.poll()) {
            operation.fail(fault);
        }
        completed = submitted;
    }

    /** Takes up in the record what the current operation waits for. */
    void recordStuck() {
        if (current != null) {
            ring.stuck(
                    current, traffic.sent(current.code()) - sentBefore, peers(exchange::owes), peers(exchange::isOwed));
        }
    }

    private List<Integer> peers(IntPredicate wanted) {
        return IntStream.range(0, world.size()).filter(wanted).boxed().toList();
    }

    void close() {
        exchange.close();
    }
}
