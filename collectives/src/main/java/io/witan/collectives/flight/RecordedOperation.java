package io.witan.collectives.flight;

import java.util.List;

/**
 * One operation of one rank.
 *
 * @param lane as {@code CommunicatorGroup.lane} numbers them
 * @param sequence in its lane, from 0; the same operation has the same one on all ranks
 * @param operation its method's name: {@code allToAllV}
 * @param step as it was marked; -1: none
 * @param layer likewise
 * @param extentBytes a length that all ranks must pass alike; 0: there is none
 * @param sentBytes payload that this rank sent in it so far
 * @param waitsFor ranks whose bytes had not all come, if the operation was started and not done
 * @param notTakenBy ranks that had not taken all bytes of this one, likewise
 */
public record RecordedOperation(
        int lane,
        long sequence,
        String operation,
        long step,
        int layer,
        long extentBytes,
        long sentBytes,
        OperationState state,
        long enqueuedUs,
        long startedUs,
        long doneUs,
        List<Integer> waitsFor,
        List<Integer> notTakenBy) {
    /** The time of what did not happen. */
    public static final long NEVER = -1;

    public RecordedOperation {
        waitsFor = List.copyOf(waitsFor);
        notTakenBy = List.copyOf(notTakenBy);
    }

    RecordedOperation shifted(long us) {
        return new RecordedOperation(
                lane,
                sequence,
                operation,
                step,
                layer,
                extentBytes,
                sentBytes,
                state,
                enqueuedUs + us,
                startedUs == NEVER ? NEVER : startedUs + us,
                doneUs == NEVER ? NEVER : doneUs + us,
                waitsFor,
                notTakenBy);
    }

    /** As messages name it: {@code allToAllV step=812 layer=3}. */
    public String label() {
        return operation + (step < 0 ? "" : " step=" + step) + (layer < 0 ? "" : " layer=" + layer);
    }
}
