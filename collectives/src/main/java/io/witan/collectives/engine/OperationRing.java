package io.witan.collectives.engine;

import io.witan.collectives.flight.OperationState;
import io.witan.collectives.flight.RecordedOperation;
import java.util.ArrayList;
import java.util.List;

/** The last operations of a rank. Made once and then written over: it allocates nothing until it is read. Guarded by the engine's lock. */
final class OperationRing {
    static final int CAPACITY = 256;

    private static final int NS_PER_US = 1000;

    private final int[] lanes = new int[CAPACITY];
    private final OpCode[] codes = new OpCode[CAPACITY];
    private final OperationState[] states = new OperationState[CAPACITY];
    private final long[] sequences = new long[CAPACITY];
    private final long[] steps = new long[CAPACITY];
    private final int[] layers = new int[CAPACITY];
    private final long[] extents = new long[CAPACITY];
    private final long[] sentBytes = new long[CAPACITY];
    private final long[] enqueuedNs = new long[CAPACITY];
    private final long[] startedNs = new long[CAPACITY];
    private final long[] doneNs = new long[CAPACITY];
    /** Of operations that failed: peers that owed bytes, or were owed some. */
    private final List<List<Integer>> waitsFor = new ArrayList<>();

    private final List<List<Integer>> notTakenBy = new ArrayList<>();
    private long count;

    OperationRing() {
        for (int slot = 0; slot < CAPACITY; slot++) {
            waitsFor.add(List.of());
            notTakenBy.add(List.of());
        }
    }

    /** An operation comes to the end of its lane; it knows its number in the ring from now on. */
    void enqueued(int lane, Operation operation) {
        operation.recordedAs(count);
        int slot = slot(count++);
        lanes[slot] = lane;
        codes[slot] = operation.code();
        states[slot] = OperationState.ENQUEUED;
        sequences[slot] = operation.sequence();
        steps[slot] = operation.step();
        layers[slot] = operation.layer();
        extents[slot] = operation.extent();
        sentBytes[slot] = 0;
        enqueuedNs[slot] = operation.submittedNs();
        waitsFor.set(slot, List.of());
        notTakenBy.set(slot, List.of());
    }

    void started(Operation operation, long nowNs) {
        if (holds(operation)) {
            int slot = slot(operation.recorded());
            states[slot] = OperationState.STARTED;
            startedNs[slot] = nowNs;
        }
    }

    void done(Operation operation, long nowNs, long bytes) {
        if (holds(operation)) {
            int slot = slot(operation.recorded());
            states[slot] = OperationState.DONE;
            doneNs[slot] = nowNs;
            sentBytes[slot] = bytes;
        }
    }

    /** It stays as it is: started, and waiting. */
    void stuck(Operation operation, long bytes, List<Integer> owing, List<Integer> owed) {
        if (holds(operation)) {
            int slot = slot(operation.recorded());
            sentBytes[slot] = bytes;
            waitsFor.set(slot, owing);
            notTakenBy.set(slot, owed);
        }
    }

    /** Oldest first. */
    List<RecordedOperation> operations() {
        List<RecordedOperation> operations = new ArrayList<>();
        for (long number = Math.max(0, count - CAPACITY); number < count; number++) {
            operations.add(operation(slot(number)));
        }
        return operations;
    }

    private RecordedOperation operation(int slot) {
        OperationState state = states[slot];
        return new RecordedOperation(
                lanes[slot],
                sequences[slot],
                codes[slot].label(),
                steps[slot],
                layers[slot],
                extents[slot],
                sentBytes[slot],
                state,
                enqueuedNs[slot] / NS_PER_US,
                state == OperationState.ENQUEUED ? RecordedOperation.NEVER : startedNs[slot] / NS_PER_US,
                state == OperationState.DONE ? doneNs[slot] / NS_PER_US : RecordedOperation.NEVER,
                waitsFor.get(slot),
                notTakenBy.get(slot));
    }

    private boolean holds(Operation operation) {
        return count - operation.recorded() <= CAPACITY;
    }

    private static int slot(long number) {
        return (int) (number % CAPACITY);
    }
}
