package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The bytes of one phase between two ranks, in one direction: a list of memory parts and how far it has come. */
final class Message {
    private final List<MemorySegment> parts = new ArrayList<>(1);
    private long totalBytes;
    private long doneBytes;
    private int part;
    private long partAt;
    private boolean announced;

    void add(MemorySegment bytes) {
        if (bytes.byteSize() > 0) {
            parts.add(bytes);
            totalBytes += bytes.byteSize();
        }
    }

    long totalBytes() {
        return totalBytes;
    }

    long doneBytes() {
        return doneBytes;
    }

    /** Complete; a message of no bytes is once its single empty frame has passed. */
    boolean isComplete() {
        return announced && doneBytes == totalBytes;
    }

    boolean isUntouched() {
        return !announced;
    }

    /** The memory in which the next byte lies; only while bytes are left. */
    MemorySegment current() {
        return parts.get(part);
    }

    long currentAt() {
        return partAt;
    }

    /** Bytes that follow the next byte in the same part, at most {@code limit}; 0 when the message has no bytes. */
    int contiguousBytes(int limit) {
        return part == parts.size() ? 0 : (int) Math.min(limit, parts.get(part).byteSize() - partAt);
    }

    void advance(int bytes) {
        announced = true;
        doneBytes += bytes;
        partAt += bytes;
        if (bytes > 0 && partAt == parts.get(part).byteSize()) {
            part++;
            partAt = 0;
        }
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
}
