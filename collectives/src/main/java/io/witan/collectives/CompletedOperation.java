package io.witan.collectives;

/**
 * When an operation of this rank ran; times by this host's {@link System#nanoTime}. From {@code startedNs} to {@code doneNs} the
 * lane had nothing else to do: that includes waiting for ranks that started the operation later.
 *
 * @param lane as {@link CommunicatorGroup#lane} numbers them
 * @param operation its method's name: {@code allToAllV}
 * @param step of {@link Communicator#mark}; -1: none
 * @param layer likewise
 * @param submittedNs when it was called for
 * @param startedNs when it was first in line of its lane
 * @param doneNs when the last byte was there and peers had what they need, not when somebody looked
 * @param sentBytes payload that this rank sent in it
 */
public record CompletedOperation(
        int lane,
        String operation,
        long step,
        int layer,
        long submittedNs,
        long startedNs,
        long doneNs,
        long sentBytes) {}
