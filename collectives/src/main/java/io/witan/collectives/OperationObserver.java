package io.witan.collectives;

/** Told of the operations of a group: {@link CommunicatorGroup#observe}. */
@FunctionalInterface
public interface OperationObserver {
    /**
     * Called once for each operation that completes, before its handle is done, on the thread that moved the last of it. Calls of
     * a group never overlap. Everything else of the group waits meanwhile: it must be short, and neither wait nor start operations.
     * One that throws hears no more of that lane; the operation is not harmed.
     */
    void completed(CompletedOperation operation);
}
