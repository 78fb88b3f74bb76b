package io.witan.launcher.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Processes of a node that have done a run's work on a small scale, by themselves, so that their code is loaded and compiled, and wait to
 * take a dead rank's place. One that fails or dies is simply not there: whoever takes none starts a new process. Thread-safe.
 */
final class SpareProcesses {
    private final RankWords words;
    private final SpareWork work;
    private final Path logs;
    private final SpareProcess[] spares;
    private boolean closed;

    /** @param logs folder of the run's logs, which is there */
    SpareProcesses(RankWords words, SpareWork work, Path logs) {
        this.words = words;
        this.work = work;
        this.logs = logs;
        this.spares = new SpareProcess[work.count()];
    }

    /** Starts those that are not there. */
    synchronized void fill() {
        for (int slot = 0; slot < spares.length && !closed; slot++) {
            if (spares[slot] == null || !spares[slot].isThere()) {
                spares[slot] = start(slot);
            }
        }
    }

    /** Null if it cannot be started. */
    private SpareProcess start(int slot) {
        String name = work.name(slot);
        List<String> command = words.ofSpare(name, work.heap(), logs);
        if (command.isEmpty()) {
            return null;
        }
        try {
            return SpareProcess.start(command, work.order(slot), logs.resolve(name + ".log"));
        } catch (IOException _) {
            return null;
        }
    }

    /** One that is there, ready before one that is not: it is the caller's from now on. Empty if there is none. */
    synchronized Optional<ChildProcess> take() {
        Optional<ChildProcess> taken = take(true);
        return taken.isPresent() ? taken : take(false);
    }

    private Optional<ChildProcess> take(boolean ready) {
        for (int slot = 0; slot < spares.length; slot++) {
            if (spares[slot] != null && spares[slot].isReady() == ready) {
                Optional<ChildProcess> taken = spares[slot].take();
                if (taken.isPresent()) {
                    spares[slot] = null;
                    return taken;
                }
            }
        }
        return Optional.empty();
    }

    /** Ends all, and waits a moment for it; no more are started. */
    synchronized void close() {
        closed = true;
        for (int slot = 0; slot < spares.length; slot++) {
            if (spares[slot] != null) {
                spares[slot].close();
                spares[slot] = null;
            }
        }
    }
}
