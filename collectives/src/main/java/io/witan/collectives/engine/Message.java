package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of one operation between two ranks, in one direction: a list of parts and how far it has come. A sender's bytes
 * may be lent, then the message is over when they were given back; a receiver copies lent bytes in slices, or leaves them.
 * Reused by its exchange.
 */
final class Message {
    private final List<Part> parts = new ArrayList<>(2);
    private long totalBytes;
    private long doneBytes;
    private int part;
    private long partAt;
    private boolean announced;
    private boolean whole;
    private long loan;
    private MemorySegment pending;
    private long pendingAt;
    private long pendingEnd;

    void clear() {
        parts.clear();
        totalBytes = 0;
        doneBytes = 0;
        part = 0;
        partAt = 0;
        announced = false;
        whole = false;
        loan = 0;
        pending = null;
        pendingAt = 0;
    }

    void add(Part bytes) {
        if (bytes.bytes() > 0) {
            parts.add(bytes);
            totalBytes += bytes.bytes();
        }
    }

    long totalBytes() {
        return totalBytes;
    }

    /** Bytes handed over, or arrived and copied or borrowed. */
    long doneBytes() {
        return doneBytes;
    }

    /** All bytes have passed; a message of no bytes is complete once its single empty frame has passed. */
    boolean isComplete() {
        return announced && doneBytes == totalBytes;
    }

    boolean isUntouched() {
        return !announced;
    }

    /** The part in which the next byte lies; null when there is none. */
    Part current() {
        return part == parts.size() ? null : parts.get(part);
    }

    /** The level of the next byte; 0 when there is none. */
    int level() {
        return part == parts.size() ? 0 : parts.get(part).level();
    }

    /** Where in {@link #current} the next byte lies. */
    long partAt() {
        return partAt;
    }

    /** The sender's: parts are lent as a whole or not at all. */
    void lendWhole() {
        whole = true;
    }

    boolean isLentWhole() {
        return whole;
    }

    /** The sender's: bytes that could be handed over now. */
    long readyBytes() {
        return part == parts.size() ? 0 : parts.get(part).readyBytes() - partAt;
    }

    /** The sender's: whether the rest of the current part is ready. */
    boolean isRestReady() {
        return part == parts.size() || parts.get(part).isReady();
    }

    void advance(long bytes) {
        announced = true;
        doneBytes += bytes;
        partAt += bytes;
        if (bytes > 0 && partAt == parts.get(part).bytes()) {
            part++;
            partAt = 0;
        }
    }

    /** The sender's latest loan in this message, as the transport counts them from 1. */
    void lent(long number) {
        loan = number;
    }

    /** The number of the loan that must be given back before the sender may change its bytes; 0 if there is none. */
    long loan() {
        return loan;
    }

    void settle() {
        loan = 0;
    }

    /** Copies a payload to where the next bytes belong; the caller has checked that it fits. */
    void fill(MemorySegment payload, long payloadAt, int payloadBytes, Scratch scratch) {
        announced = true;
        for (int copied = 0; copied < payloadBytes; ) {
            copied += (int) copy(payload, payloadAt + copied, payloadBytes - copied, scratch);
        }
    }

    /** Whether the next bytes must be lent. */
    boolean needsLoan() {
        Part next = current();
        return next != null && next.isView();
    }

    /** Takes lent bytes: true if they stay where they are, false if {@link #pull} copies them. */
    boolean borrow(MemorySegment lent, long lentAt, int bytes) {
        announced = true;
        loan = 1;
        Part next = parts.get(part);
        if (next.isBorrowable() && bytes == next.bytes()) {
            next.borrow(lent, lentAt);
            advance(bytes);
            return true;
        }
        pending = lent;
        pendingAt = lentAt;
        pendingEnd = lentAt + bytes;
        return false;
    }

    /** Lent bytes wait to be copied: no further frame can be taken. */
    boolean isPulling() {
        return pending != null;
    }

    /** Copies a slice of lent bytes; returns how many. */
    long pull(long limit, Scratch scratch) {
        if (pending == null) {
            return 0;
        }
        long n = copy(pending, pendingAt, Math.min(limit, pendingEnd - pendingAt), scratch);
        pendingAt += n;
        if (pendingAt == pendingEnd) {
            pending = null;
        }
        return n;
    }

    private long copy(MemorySegment from, long fromAt, long limit, Scratch scratch) {
        Part to = parts.get(part);
        to.settle(scratch);
        long n = Math.min(limit, to.bytes() - partAt);
        MemorySegment.copy(from, fromAt, to.memory(), to.at() + partAt, n);
        to.advance(n);
        advance(n);
        return n;
    }
}
