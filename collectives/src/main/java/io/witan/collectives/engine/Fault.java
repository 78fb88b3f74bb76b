package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * One rank's view of a failure. The order is the same on all ranks; the lowest fault becomes everyone's verdict.
 *
 * @param sequence of the operation in its lane; {@link #IDLE} if none was in flight
 * @param stage how basic the difference is that a rendezvous found, or the bytes are that an operation waits for; 0 is most
 * @param rank at fault, -1 if none can be named
 * @param reporter the rank that saw it
 * @param message for people, the same on every rank
 */
public record Fault(long sequence, int lane, FaultKind kind, int stage, int rank, int reporter, String message)
        implements Comparable<Fault> {
    static final long IDLE = Long.MAX_VALUE;
    static final int MAX_ENCODED_BYTES = 1000;

    private static final int TEXT_AT = 32;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Comparator<Fault> ORDER = Comparator.comparingLong(Fault::sequence)
            .thenComparingInt(Fault::lane)
            .thenComparing(Fault::kind)
            .thenComparingInt(Fault::stage)
            .thenComparingInt(Fault::rank)
            .thenComparingInt(Fault::reporter)
            .thenComparing(Fault::message);

    /** Cuts the message to what one frame can carry, so that every rank shows the same text. */
    public Fault {
        StringBuilder text = new StringBuilder(message.length());
        for (int i = 0; i < Math.min(message.length(), MAX_ENCODED_BYTES - TEXT_AT); i++) {
            char c = message.charAt(i);
            text.append(c >= ' ' && c < 127 ? c : '?');
        }
        message = text.toString();
    }

    /** A fault outside any operation. */
    static Fault idle(FaultKind kind, int rank, int reporter, String message) {
        return new Fault(IDLE, 0, kind, 0, rank, reporter, message);
    }

    @Override
    public int compareTo(Fault other) {
        return ORDER.compare(this, other);
    }

    /** Writes the fault and returns its length in bytes, at most {@link #MAX_ENCODED_BYTES}. */
    int encode(MemorySegment to) {
        byte[] text = message.getBytes(StandardCharsets.US_ASCII);
        to.set(LONG, 0, sequence);
        to.set(INT, 8, lane);
        to.set(INT, 12, kind.ordinal());
        to.set(INT, 16, stage);
        to.set(INT, 20, rank);
        to.set(INT, 24, reporter);
        to.set(INT, 28, text.length);
        MemorySegment.copy(text, 0, to, ValueLayout.JAVA_BYTE, TEXT_AT, text.length);
        return TEXT_AT + text.length;
    }

    /** Reads a fault; null if the bytes are none. */
    static Fault decode(MemorySegment from, long at, int length) {
        if (length < TEXT_AT || length > MAX_ENCODED_BYTES || from.get(INT, at + 28) != length - TEXT_AT) {
            return null;
        }
        byte[] text = new byte[length - TEXT_AT];
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at + TEXT_AT, text, 0, text.length);
        return new Fault(
                from.get(LONG, at),
                from.get(INT, at + 8),
                FaultKind.of(from.get(INT, at + 12)),
                from.get(INT, at + 16),
                from.get(INT, at + 20),
                from.get(INT, at + 24),
                new String(text, StandardCharsets.US_ASCII));
    }
}
