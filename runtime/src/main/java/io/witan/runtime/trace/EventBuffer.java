package io.witan.runtime.trace;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Events in columns that grow up to a bound; what comes after that is counted. Not thread-safe. */
final class EventBuffer {
    /** Of an event as {@link #write} has it. */
    static final int EVENT_BYTES = 4 * Integer.BYTES + 5 * Long.BYTES;

    private static final int FIRST_CAPACITY = 1024;
    private static final int INTS = 3;
    private static final int LONGS = 5;
    private static final int STEP = 0;
    private static final int BITS = 8;

    private final int most;
    private int capacity;
    /** What it is, layer, piece; event after event. */
    private int[] ints = new int[0];
    /** Step, submitted, begun, ended, bytes; event after event. */
    private long[] longs = new long[0];

    private int count;
    private long dropped;

    /** @param most events that are kept */
    EventBuffer(int most) {
        this.most = most;
    }

    /** What an event is, in one number. */
    static int code(TraceLane lane, Span span, Phase phase, int name) {
        return lane.ordinal() | span.ordinal() << BITS | phase.ordinal() << 2 * BITS | name << 3 * BITS;
    }

    static int part(int code, int index) {
        return code >>> index * BITS & (1 << BITS) - 1;
    }

    /** False if there is no room, which there always is for a step as a whole; else {@link #time} says the rest. */
    boolean add(int code, int layer, int piece, long step) {
        if (count >= most && part(code, 0) != TraceLane.STEPS.ordinal()) {
            dropped++;
            return false;
        }
        if (count == capacity) {
            grow();
        }
        int at = count * INTS;
        ints[at] = code;
        ints[at + 1] = layer;
        ints[at + 2] = piece;
        longs[count * LONGS + STEP] = step;
        count++;
        return true;
    }

    /** Of the event that was added last. */
    void time(long submittedNs, long beginNs, long endNs, long bytes) {
        int at = (count - 1) * LONGS;
        longs[at + 1] = submittedNs;
        longs[at + 2] = beginNs;
        longs[at + 3] = endNs;
        longs[at + 4] = bytes;
    }

    private void grow() {
        capacity = capacity < most ? Math.min(most, Math.max(FIRST_CAPACITY, 2 * capacity)) : capacity + FIRST_CAPACITY;
        ints = Arrays.copyOf(ints, INTS * capacity);
        longs = Arrays.copyOf(longs, LONGS * capacity);
    }

    /** Events stand in the order of their steps; those of steps before this one go. */
    void forgetBefore(long step) {
        int gone = 0;
        while (gone < count && longs[gone * LONGS + STEP] < step) {
            gone++;
        }
        System.arraycopy(ints, gone * INTS, ints, 0, (count - gone) * INTS);
        System.arraycopy(longs, gone * LONGS, longs, 0, (count - gone) * LONGS);
        count -= gone;
    }

    int count() {
        return count;
    }

    /** Events for which there was no room. */
    long dropped() {
        return dropped;
    }

    /** Appends all events, {@link #EVENT_BYTES} each. */
    void write(ByteBuffer to) {
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < INTS; k++) {
                to.putInt(ints[i * INTS + k]);
            }
            to.putInt(0);
            for (int k = 0; k < LONGS; k++) {
                to.putLong(longs[i * LONGS + k]);
            }
        }
    }
}
