package io.witan.collectives;

/** An operation in flight. */
public interface Handle {
    /** True once the operation is complete and its buffers belong to the caller again. Does not block. */
    boolean isDone();

    /**
     * Waits for completion; the waiting thread helps to move data.
     *
     * @throws CollectiveException the communicator's verdict if this or an earlier operation failed
     */
    void await();
}
