package io.witan.collectives.engine;

import java.util.concurrent.locks.LockSupport;

/** Moves the operations that nobody waits for, and keeps the heartbeat; sleeps in short naps when nothing is in flight. */
final class ProgressThread extends Thread {
    private static final int YIELDS = 50;
    private static final long BUSY_PARK_NS = 50_000;
    private static final long HELPED_PARK_NS = 2_000_000;
    private static final long IDLE_PARK_NS = 10_000_000;
    private static final long END_MS = 2_000;

    private final Engine engine;
    private volatile boolean dozing;

    ProgressThread(Engine engine, String name) {
        super(name);
        this.engine = engine;
        setDaemon(true);
    }

    /** There is something to do. */
    void wake() {
        if (dozing) {
            LockSupport.unpark(this);
        }
    }

    /** Waits a short while for the thread to end, after the engine has closed. */
    void end() {
        LockSupport.unpark(this);
        if (isAlive() && Thread.currentThread() != this) {
            try {
                join(END_MS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void run() {
        int idle = 0;
        for (int work = engine.background(); work >= 0; work = engine.background()) {
            idle = work > 0 ? 0 : idle + 1;
            if (engine.isHelped()) {
                LockSupport.parkNanos(HELPED_PARK_NS);
            } else if (engine.isBusy()) {
                rest(idle);
            } else {
                doze();
            }
        }
    }

    private static void rest(int idle) {
        if (idle < YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(BUSY_PARK_NS);
        }
    }

    private void doze() {
        dozing = true;
        if (!engine.isBusy()) {
            LockSupport.parkNanos(IDLE_PARK_NS);
        }
        dozing = false;
    }
}
