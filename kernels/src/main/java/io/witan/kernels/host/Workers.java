package io.witan.kernels.host;

import io.witan.kernels.KernelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed set of threads for one caller at a time, the caller being one of them. Part p of a task always runs on thread p,
 * and which part gets which work is decided by sizes alone. A task is held in a field until all of its parts are done,
 * which keeps the segments it captured reachable.
 */
final class Workers implements AutoCloseable {
    static final int MAX_THREADS = 1024;

    private static final long DEADLINE_NS = TimeUnit.MINUTES.toNanos(10);
    private static final int SPINS = 2_000;
    /** Below this many elements a part is not worth waking a thread for. */
    private static final long GRAIN = 16_384;
    /** Parts of an element range begin at multiples of this, so that only the last one has a tail. */
    private static final long ALIGNMENT = 64;

    private final Worker[] workers;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile boolean closed;
    private volatile Thread waiting;
    private Task current;

    /** Work for one part. */
    interface Task {
        void run(int part);
    }

    /** Work for from..to-1, for operations that need no scratch. */
    interface RangeTask {
        void run(long from, long to);
    }

    /** Work for from..to-1 on thread {@code part}. */
    interface PartTask {
        void run(int part, long from, long to);
    }

    Workers(int threads) {
        if (threads < 1 || threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads is " + threads + ", allowed 1.." + MAX_THREADS);
        }
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    int threads() {
        return workers.length + 1;
    }

    /** Splits a range of elements. */
    void elements(long count, RangeTask task) {
        elements(count, (part, from, to) -> task.run(from, to));
    }

    void elements(long count, PartTask task) {
        int parts = partsFor(count, GRAIN);
        long units = (count + ALIGNMENT - 1) / ALIGNMENT;
        run(parts, part -> {
            long from = units * part / parts * ALIGNMENT;
            long to = Math.min(count, units * (part + 1) / parts * ALIGNMENT);
            task.run(part, from, to);
        });
    }

    /** Splits a range of rows (or other units) that cost {@code cols} elements of work each. */
    void rows(long rows, long cols, RangeTask task) {
        rows(rows, cols, (part, from, to) -> task.run(from, to));
    }

    void rows(long rows, long cols, PartTask task) {
        int parts = partsFor(rows, Math.max(1, GRAIN / Math.max(1, cols)));
        run(parts, part -> task.run(part, rows * part / parts, rows * (part + 1) / parts));
    }

    /** Runs a task on the calling thread. */
    void serially(Runnable task) {
        run(1, part -> task.run());
    }

    private int partsFor(long count, long grain) {
        return (int) Math.max(1, Math.min(threads(), count / grain));
    }

    /**
     * Runs parts 0..parts-1 and returns when all are done.
     *
     * @throws IllegalStateException after close, or while another thread is inside
     * @throws KernelException if a part failed on a worker
     */
    void run(int parts, Task task) {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("the kernels are in use by another thread");
        }
        try {
            if (closed) {
                throw new IllegalStateException("the kernels are closed");
            }
            current = task;
            if (parts == 1) {
                task.run(0);
            } else {
                runShared(parts, task);
            }
        } finally {
            current = null;
            busy.set(false);
        }
    }

    private void runShared(int parts, Task task) {
        for (int part = 1; part < parts; part++) {
            workers[part - 1].assign(task);
        }
        try {
            task.run(0);
        } finally {
            await(parts);
        }
        for (int part = 1; part < parts; part++) {
            workers[part - 1].rethrow();
        }
    }

    private void await(int parts) {
        int spins = 0;
        long start = 0;
        for (int part = 1; part < parts; part++) {
            Worker worker = workers[part - 1];
            while (worker.assigned != null) {
                if (spins++ < SPINS) {
                    Thread.onSpinWait();
                    continue;
                }
                start = start == 0 ? System.nanoTime() : start;
                if (System.nanoTime() - start > DEADLINE_NS) {
                    closed = true;
                    throw new KernelException(worker.getName() + " did not finish within "
                            + TimeUnit.NANOSECONDS.toSeconds(DEADLINE_NS) + " s");
                }
                waiting = Thread.currentThread();
                if (worker.assigned != null) {
                    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(100));
                }
                waiting = null;
            }
        }
    }

    /** Stops the threads. A second call does nothing. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
        boolean interrupted = false;
        for (Worker worker : workers) {
            try {
                worker.join(TimeUnit.SECONDS.toMillis(10));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker extends Thread {
        private final int part;
        private volatile Task assigned;
        private volatile boolean parked;
        private Throwable failure;

        Worker(int part) {
            super("witan-kernels-" + part);
            this.part = part;
            setDaemon(true);
        }

        void assign(Task task) {
            failure = null;
            assigned = task;
            if (parked) {
                LockSupport.unpark(this);
            }
        }

        void rethrow() {
            if (failure != null) {
                throw new KernelException(getName() + " failed: " + failure, failure);
            }
        }

        @Override
        public void run() {
            int spins = 0;
            while (!closed) {
                Task task = assigned;
                if (task != null) {
                    perform(task);
                    spins = 0;
                } else if (spins++ < SPINS) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    if (assigned == null && !closed) {
                        LockSupport.park(Workers.this);
                    }
                    parked = false;
                }
            }
        }

        private void perform(Task task) {
            try {
                task.run(part);
            } catch (Throwable e) {
                failure = e;
            }
            assigned = null;
            Thread caller = waiting;
            if (caller != null) {
                LockSupport.unpark(caller);
            }
        }
    }
}
