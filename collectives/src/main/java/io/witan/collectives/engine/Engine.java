package io.witan.collectives.engine;

import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs the operations of one rank. Callers submit and await from any thread; whoever holds the lock moves data, a waiting
 * caller or else the daemon thread, which also sends heartbeats.
 */
public final class Engine implements AutoCloseable {
    private static final int SPINS = 20;
    private static final int YIELDS = 200;
    private static final long PARK_NS = 20_000;

    private final World world;
    private final Transport transport;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger helpers = new AtomicInteger();
    private final FrameSender sender;
    private final FrameGate gate;
    private final Control control;
    private final Lane[] lanes;
    private final ProgressThread thread;
    private boolean closing;
    private boolean closed;
    private boolean broken;

    /** Takes over the transport. */
    public Engine(World world, Transport transport) {
        this.world = world;
        this.transport = transport;
        this.sender = new FrameSender(world, transport);
        this.gate = new FrameGate(world);
        this.control = new Control(world, transport, sender, gate, System.nanoTime());
        this.lanes = new Lane[world.laneCount()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(world, i, transport, sender, gate, control::raise);
        }
        control.watchOver(lanes);
        this.thread = new ProgressThread(this, "witan-collectives-" + world.rank());
    }

    /** Exchanges greetings until every rank is there. Once, before {@link #start}. Returns null, or why it failed. */
    public Fault meet(long timeoutNs) {
        Fault fault = new Rendezvous(world, transport, sender, gate).meet(timeoutNs);
        if (fault == null) {
            control.metAll();
        }
        return fault;
    }

    /** Starts the daemon thread; a world of one rank needs none. */
    public void start() {
        if (world.size() > 1) {
            thread.start();
        }
    }

    /** Refuses memory that the daemon thread could not touch. */
    public Thread progressThread() {
        return thread;
    }

    /** Puts an operation at the end of a lane and moves what can be moved at once. */
    public void submit(int lane, Operation operation) {
        lock.lock();
        try {
            if (closing) {
                operation.fail(closedFault());
                return;
            }
            if (control.agreement().verdict() != null) {
                operation.fail(control.agreement().verdict());
                return;
            }
            lanes[lane].submit(operation);
            step();
        } finally {
            lock.unlock();
        }
        if (!operation.isDone()) {
            thread.wake();
        }
    }

    /** Helps until the operation is done. Returns null, or the verdict if it failed. */
    public Fault await(Operation operation) {
        helpers.incrementAndGet();
        try {
            int idle = 0;
            while (!operation.isDone()) {
                idle = tryProgress() > 0 ? 0 : idle + 1;
                pause(idle);
            }
        } finally {
            helpers.decrementAndGet();
        }
        return operation.fault();
    }

    /** Payload bytes sent on a lane by {@link OpCode#ordinal()}. */
    public long[] sentBytes(int lane) {
        lock.lock();
        try {
            return lanes[lane].traffic().sent();
        } finally {
            lock.unlock();
        }
    }

    /** Payload bytes received on a lane by {@link OpCode#ordinal()}. */
    public long[] receivedBytes(int lane) {
        lock.lock();
        try {
            return lanes[lane].traffic().received();
        } finally {
            lock.unlock();
        }
    }

    /** Frames of other runs, damaged or misdirected ones. */
    public long droppedFrames() {
        lock.lock();
        try {
            return gate.droppedFrames();
        } finally {
            lock.unlock();
        }
    }

    /** Off-heap memory held for operations, in bytes. */
    public long scratchBytes() {
        lock.lock();
        try {
            long bytes = 0;
            for (Lane lane : lanes) {
                bytes += lane.scratchBytes();
            }
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Ends one lane: what is in flight on it fails, on all ranks. Nothing happens to an idle lane. */
    public void closeLane(int lane) {
        lock.lock();
        try {
            if (lanes[lane].inFlight() > 0) {
                abandon();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Fails what is in flight, lets peers have what they still need for a bounded time, and closes the transport. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closing) {
                return;
            }
            closing = true;
            if (inFlight()) {
                abandon();
            }
            control.departure().leave();
        } finally {
            lock.unlock();
        }
        linger();
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        thread.end();
        lock.lock();
        try {
            transport.close();
            sender.close();
            for (Lane lane : lanes) {
                lane.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives back the transport of an engine that never started. */
    public void discard() {
        lock.lock();
        try {
            closing = true;
            closed = true;
            transport.close();
            sender.close();
        } finally {
            lock.unlock();
        }
    }

    /** One step by the daemon thread; returns the work done, -1 once closed. */
    int background() {
        lock.lock();
        try {
            return closed ? -1 : step();
        } finally {
            lock.unlock();
        }
    }

    boolean isHelped() {
        return helpers.get() > 0;
    }

    /** True while the daemon thread should look often. Read without the lock held. */
    boolean isBusy() {
        lock.lock();
        try {
            return inFlight()
                    || closing
                    || control.agreement().isOpen() && control.agreement().verdict() == null;
        } finally {
            lock.unlock();
        }
    }

    private void linger() {
        long endNs = System.nanoTime() + world.lingerNs();
        boolean released = world.size() == 1;
        for (int idle = 0; !released && System.nanoTime() - endNs < 0; idle++) {
            tryProgress();
            pause(idle);
            lock.lock();
            try {
                released = broken
                        || control.isReleased()
                                && (control.agreement().verdict() != null
                                        || !control.agreement().isOpen());
            } finally {
                lock.unlock();
            }
        }
    }

    private int tryProgress() {
        if (!lock.tryLock()) {
            return 0;
        }
        try {
            return closed ? 0 : step();
        } finally {
            lock.unlock();
        }
    }

    private static void pause(int idle) {
        if (idle == 0) {
            return;
        }
        if (idle < SPINS) {
            Thread.onSpinWait();
        } else if (idle < SPINS + YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NS);
        }
    }

    private boolean inFlight() {
        for (Lane lane : lanes) {
            if (lane.inFlight() > 0) {
                return true;
            }
        }
        return false;
    }

    /** With the lock held: control, then every lane, then whatever the lanes gave control to say. */
    private int step() {
        try {
            return unguardedStep();
        } catch (RuntimeException | OutOfMemoryError cause) {
            onBroken(cause);
            return 1;
        }
    }

    private int unguardedStep() {
        FaultAgreement agreement = control.agreement();
        boolean alone = world.size() == 1;
        long now = System.nanoTime();
        int work = alone ? 0 : control.poll(now);
        for (int i = 0; i < lanes.length && !agreement.isOpen() && agreement.verdict() == null; i++) {
            work += lanes[i].progress(now);
        }
        if (alone) {
            agreement.settleIfOpen();
        } else {
            work += control.progress(now);
        }
        if (agreement.verdict() != null && inFlight()) {
            failAll(agreement.verdict());
            work++;
        }
        return work;
    }

    /** Peers are told, unless it is the transport itself that broke, or telling them failed too. */
    private void onBroken(Throwable cause) {
        Fault fault = brokenFault(cause);
        broken |= cause instanceof TransportException;
        if (control.agreement().isOpen() || broken) {
            control.agreement().settleAlone(fault);
            failAll(control.agreement().verdict());
        } else {
            control.raise(fault);
        }
    }

    private void failAll(Fault fault) {
        for (Lane lane : lanes) {
            lane.fail(fault);
        }
    }

    /** Peers hear that this rank closed; what is in flight here fails at once. */
    private void abandon() {
        for (Lane lane : lanes) {
            if (lane.inFlight() > 0) {
                control.raise(lane.lostFault(world.rank(), "it closed its communicator"));
            }
        }
        Fault fault = closedFault();
        control.agreement().settleAlone(fault);
        failAll(fault);
    }

    private Fault closedFault() {
        return Fault.idle(
                FaultKind.CLOSED, world.rank(), world.rank(), "rank " + world.rank() + " closed its communicator");
    }

    private Fault brokenFault(Throwable cause) {
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        for (int i = 0; i < lanes.length; i++) {
            Operation operation = lanes[i].current();
            if (operation != null) {
                String message = operation.label() + ": rank " + world.rank() + ": " + text;
                return new Fault(
                        operation.sequence(),
                        i,
                        FaultKind.TRANSPORT,
                        operation.phaseIndex(),
                        world.rank(),
                        world.rank(),
                        message);
            }
        }
        return Fault.idle(FaultKind.TRANSPORT, world.rank(), world.rank(), "rank " + world.rank() + ": " + text);
    }
}
