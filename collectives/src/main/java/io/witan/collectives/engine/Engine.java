package io.witan.collectives.engine;

import io.witan.collectives.flight.FlightRecord;
import io.witan.collectives.wire.Transport;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Runs the operations of one rank. Callers submit and await from any thread; whoever holds the lock moves data, a waiting
 * caller or else the daemon thread, which also sends heartbeats.
 */
public final class Engine implements AutoCloseable {
    /** After how many looks, and slices moved in them, callers that wait also look at the control stream. */
    private static final int LOOKS_PER_CONTROL = 32;

    private final World world;
    private final IdlePolicy idling;
    private final BooleanSupplier givenUp;
    private final LongSupplier clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger helpers = new AtomicInteger();
    private final AtomicLong awaitedNs = new AtomicLong();
    private final DutyCycle duty;
    private final ProgressThread thread;
    private int looks;
    private boolean closing;
    private boolean closed;

    /**
     * Takes over the transport.
     *
     * @param givenUp true once this rank shall leave without waiting for anyone
     * @param clock nanoseconds, by which deadlines and heartbeats go
     */
    public Engine(World world, Transport transport, IdlePolicy idling, BooleanSupplier givenUp, LongSupplier clock) {
        this.world = world;
        this.idling = idling;
        this.givenUp = givenUp;
        this.clock = clock;
        this.duty = new DutyCycle(world, transport, givenUp, clock);
        this.thread = new ProgressThread(this, "witan-collectives-" + world.rank());
    }

    /** Exchanges greetings until every rank is there. Once, before {@link #start}. Returns null, or why it failed. */
    public Fault meet(long timeoutNs) {
        lock.lock();
        try {
            return duty.meet(timeoutNs);
        } finally {
            lock.unlock();
        }
    }

    /** Starts the daemon thread; a world of one rank needs none. */
    public void start() {
        if (world.size() > 1) {
            thread.start();
        }
    }

    /** Buffers must be accessible by this thread. */
    public Thread progressThread() {
        return thread;
    }

    /** Puts an operation at the end of a lane and moves what can be moved at once. */
    public void submit(int lane, Operation operation) {
        lock.lock();
        try {
            if (closing) {
                operation.fail(duty.closedFault());
            } else {
                duty.submit(lane, operation);
                while (world.size() == 1 && !operation.isDone()) {
                    duty.step();
                }
            }
        } finally {
            lock.unlock();
        }
        if (!operation.isDone()) {
            thread.wake();
        }
    }

    /** Helps until the operation is done. Returns null, or the verdict if it failed. */
    public Fault await(Operation operation) {
        return operation.isDone() ? operation.fault() : help(operation);
    }

    private Fault help(Operation operation) {
        long beginNs = System.nanoTime();
        helpers.incrementAndGet();
        try {
            int idle = 0;
            while (!operation.isDone()) {
                idle = tryProgress(false) > 0 ? 0 : Math.max(1, idle + 1);
                idling.pause(idle);
            }
        } finally {
            helpers.decrementAndGet();
            awaitedNs.addAndGet(System.nanoTime() - beginNs);
        }
        return operation.fault();
    }

    /**
     * From now on tells of every operation that completes.
     *
     * @param listener in place of the one before; null: nobody
     */
    public void observe(CompletionListener listener) {
        lock.lock();
        try {
            duty.observe(listener);
        } finally {
            lock.unlock();
        }
    }

    /** How long callers have waited for operations so far, those that were done before they asked apart. */
    public long awaitedNs() {
        return awaitedNs.get();
    }

    /** The last operations, also of an engine that has failed or was closed. */
    public FlightRecord flightRecord() {
        lock.lock();
        try {
            return duty.flightRecord();
        } finally {
            lock.unlock();
        }
    }

    /** Payload bytes sent on a lane by {@link OpCode#ordinal()}. */
    public long[] sentBytes(int lane) {
        lock.lock();
        try {
            return duty.lane(lane).traffic().sent();
        } finally {
            lock.unlock();
        }
    }

    /** Payload bytes received on a lane by {@link OpCode#ordinal()}. */
    public long[] receivedBytes(int lane) {
        lock.lock();
        try {
            return duty.lane(lane).traffic().received();
        } finally {
            lock.unlock();
        }
    }

    /** Payload bytes received on a lane that were read where their source has them. */
    public long inPlaceBytes(int lane) {
        lock.lock();
        try {
            return duty.lane(lane).traffic().inPlaceBytes();
        } finally {
            lock.unlock();
        }
    }

    /** Frames of other runs, damaged or misdirected ones. */
    public long droppedFrames() {
        lock.lock();
        try {
            return duty.droppedFrames();
        } finally {
            lock.unlock();
        }
    }

    /** Off-heap memory held for operations, in bytes. */
    public long scratchBytes() {
        lock.lock();
        try {
            return duty.scratchBytes();
        } finally {
            lock.unlock();
        }
    }

    /** Adds what {@link Transport#addFiles} names. */
    public void addFiles(Collection<Path> files) {
        lock.lock();
        try {
            duty.addFiles(files);
        } finally {
            lock.unlock();
        }
    }

    /** Ends one lane: what is in flight on it fails, on all ranks. Nothing happens to an idle lane. */
    public void closeLane(int lane) {
        lock.lock();
        try {
            if (duty.lane(lane).inFlight() > 0) {
                duty.abandon();
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
            duty.leave();
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
            duty.close();
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
            duty.close();
        } finally {
            lock.unlock();
        }
    }

    /** One step by the daemon thread; returns the work done, -1 once closed. */
    int background() {
        lock.lock();
        try {
            return closed ? -1 : duty.step();
        } finally {
            lock.unlock();
        }
    }

    boolean isHelped() {
        return helpers.get() > 0;
    }

    /** True while the daemon thread should look often. */
    boolean isBusy() {
        lock.lock();
        try {
            return closing || duty.isBusy();
        } finally {
            lock.unlock();
        }
    }

    private void linger() {
        long endNs = clock.getAsLong() + world.lingerNs();
        boolean released = world.size() == 1;
        for (int idle = 0; !released && !givenUp.getAsBoolean() && clock.getAsLong() - endNs < 0; idle++) {
            tryProgress(true);
            idling.pause(idle);
            lock.lock();
            try {
                released = duty.isReleased();
            } finally {
                lock.unlock();
            }
        }
    }

    private int tryProgress(boolean withControl) {
        if (!lock.tryLock()) {
            return 0;
        }
        try {
            if (closed) {
                return 0;
            }
            boolean full = withControl || looks >= LOOKS_PER_CONTROL;
            int work = full ? duty.step() : duty.move();
            looks = full ? 0 : looks + 1 + work;
            return work;
        } finally {
            lock.unlock();
        }
    }
}
