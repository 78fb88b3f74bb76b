package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;

/** Compares a data frame with the operation that its receiver is in, before any byte of it is applied. */
final class CallCheck {
    private final int rank;
    private final int lane;
    private final Exchange exchange;

    CallCheck(int rank, int lane, Exchange exchange) {
        this.rank = rank;
        this.lane = lane;
        this.exchange = exchange;
    }

    /** Null if the frame is the next part of what its source owes in the operation. */
    Fault check(Operation operation, Frame frame, boolean lent) {
        String difference = callDifference(operation, frame);
        if (difference == null) {
            difference = sizeDifference(operation, frame);
        }
        if (difference == null && frame.signature() != operation.signature()) {
            difference = "rank " + frame.source()
                    + " passed other part lengths, another root or another element type than rank " + rank
                    + " (call hash " + hashes(operation, frame) + ")";
        }
        if (difference != null) {
            return mismatch(operation, frame.source(), difference);
        }
        Message message = exchange.from(frame.source());
        boolean inOrder = frame.offset() == message.doneBytes() && !message.isComplete();
        if (!inOrder || frame.payloadBytes() > message.totalBytes() - message.doneBytes()) {
            return fault(
                    operation,
                    FaultKind.TRANSPORT,
                    frame.source(),
                    "frames from rank " + frame.source() + " to rank " + rank + " were lost: byte " + frame.offset()
                            + " of " + frame.total() + " came, byte " + message.doneBytes() + " was next");
        }
        if (!lent && message.needsLoan()) {
            return mismatch(
                    operation,
                    frame.source(),
                    "rank " + frame.source() + " gave rank " + rank
                            + " bytes to be read in place, but they are not in registered memory");
        }
        return null;
    }

    /** A frame of another operation came from a rank that still owes bytes in this one. */
    Fault skipped(Operation operation, Frame frame) {
        String went = frame.sequence() > operation.sequence() ? "went on to " : "is still in ";
        return mismatch(
                operation,
                frame.source(),
                "rank " + frame.source() + " " + went + theirs(frame) + " (operation " + frame.sequence() + " of lane "
                        + lane + ", rank " + rank + " is in operation " + operation.sequence() + ")");
    }

    Fault fault(Operation operation, FaultKind kind, int culprit, String text) {
        return new Fault(
                operation.sequence(),
                lane,
                kind,
                kind == FaultKind.DEADLINE ? exchange.level(culprit) : 0,
                culprit,
                rank,
                operation.label() + ": " + text);
    }

    private Fault mismatch(Operation operation, int culprit, String text) {
        return fault(operation, FaultKind.MISMATCH, culprit, text);
    }

    private String callDifference(Operation operation, Frame frame) {
        int source = frame.source();
        if (frame.operation() != operation.code().ordinal()) {
            return "rank " + source + " called " + theirs(frame);
        }
        if (operation.code().isSparse() && frame.signature() != operation.signature()) {
            return "rank " + source + " has another transfer plan than rank " + rank + " (plan hash "
                    + hashes(operation, frame) + ")";
        }
        if (frame.extent() != operation.extent()) {
            return "rank " + source + " passed " + frame.extent() + " B, rank " + rank + " passed " + operation.extent()
                    + " B";
        }
        return null;
    }

    private String sizeDifference(Operation operation, Frame frame) {
        Message message = exchange.from(frame.source());
        if (message == null) {
            return "rank " + frame.source() + " announced " + frame.total() + " B for rank " + rank
                    + ", which expects nothing from it";
        }
        if (frame.total() != message.totalBytes()) {
            return "rank " + frame.source() + " announced " + frame.total() + " B for rank " + rank + ", which expects "
                    + message.totalBytes() + " B";
        }
        return null;
    }

    private static String theirs(Frame frame) {
        return Operation.label(OpCode.label(frame.operation()), frame.step(), frame.layer());
    }

    private static String hashes(Operation operation, Frame frame) {
        return String.format("%016x vs %016x", frame.signature(), operation.signature());
    }
}
