package io.witan.collectives;

/** An operation in flight. */
public interface Handle {
    /**
     * True once the operation is complete or has failed and its buffers belong to the caller again; {@link #await} tells
     * which. Does not block.
     */
    boolean isDone();

    /**
     * Waits for completion; the waiting thread helps to move data. Any thread; not interruptible, but every operation ends
     * by its deadline and the time that ranks take to agree on the error (a quarter of the deadline at most).
     *
     * @throws CollectiveException the communicator's verdict if this or an earlier operation failed
     */
    void await();
}
