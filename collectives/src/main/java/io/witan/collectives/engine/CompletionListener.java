package io.witan.collectives.engine;

/** Hears of operations that complete, one at a time, under the engine's lock: it neither waits nor starts operations. */
@FunctionalInterface
public interface CompletionListener {
    /**
     * @param startedNs when the operation was first in line, by {@link System#nanoTime}
     * @param doneNs now, by the same clock
     * @param sentBytes payload that this rank sent in it
     */
    void completed(int lane, Operation operation, long startedNs, long doneNs, long sentBytes);
}
