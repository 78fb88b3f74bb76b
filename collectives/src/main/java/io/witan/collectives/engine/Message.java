package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of one phase between two ranks, in one direction: a list of parts and how far it has come. A sender's bytes may
 * be lent, then the message is over when they were given back; a receiver copies lent bytes in slices, or leaves them.
 */
final class Message {
    private static final long NO_LOAN = 0;

    private final List<Part> parts = new ArrayList<>(1);
    private long totalBytes;
    private long doneBytes;
    private int part;
    private long partAt;
    private boolean announced;
    private long loan;
    private MemorySegment pending;
    private long pendingAt;

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

    /** The memory in which the next byte lies; only while bytes are left. */
    MemorySegment current() {
        return parts.get(part).memory();
    }

    long currentAt() {
        return partAt;
    }

    /** Bytes that follow the next byte in the same part, at most {@code limit}; 0 when the message has no bytes. */
    int contiguousBytes(int limit) {
        return part == parts.size() ? 0 : (int) Math.min(limit, parts.get(part).bytes() - partAt);
    }

    void advance(int bytes) {
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
        loan = NO_LOAN;
    }

    /** Copies a payload to where the next bytes belong; the caller has checked that it fits. */
    void fill(MemorySegment payload, long payloadAt, int payloadBytes) {
        int copied = 0;
        while (copied < payloadBytes) {
            int n = contiguousBytes(payloadBytes - copied);
            MemorySegment.copy(payload, payloadAt + copied, current(), partAt, n);
            advance(n);
            copied += n;
        }
        announced = true;
    }

    /** Takes lent bytes: true if they are read in place, false if {@link #pull} copies them. */
    boolean borrow(MemorySegment lent) {
        announced = true;
        loan = 1;
        Part next = parts.get(part);
        if (next.isBorrowable() && partAt == 0 && lent.byteSize() == next.bytes()) {
            next.borrow(lent);
            advance((int) lent.byteSize());
            return true;
        }
        pending = lent;
        pendingAt = 0;
        return false;
    }

    /** Lent bytes wait to be copied: no further frame can be taken. */
    boolean isPulling() {
        return pending != null;
    }

    /** Copies a slice of lent bytes; returns how many. */
    long pull(int limit) {
        if (pending == null) {
            return 0;
        }
        int n = contiguousBytes((int) Math.min(limit, pending.byteSize() - pendingAt));
        MemorySegment.copy(pending, pendingAt, current(), partAt, n);
        advance(n);
        pendingAt += n;
        if (pendingAt == pending.byteSize()) {
            pending = null;
        }
        return n;
    }
}
