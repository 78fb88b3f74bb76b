package io.witan.runtime.vault;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksum of an entry that is told part by part, from front to end. */
final class RunningChecksum {
    private static final int NO_SLOT = -1;

    private final CRC32C crc = new CRC32C();
    private int slot = NO_SLOT;
    private long covered;

    /** A part that begins at the front begins anew; one that does not follow the last ends it. */
    void add(int partSlot, long from, MemorySegment part) {
        if (from == 0) {
            crc.reset();
            slot = partSlot;
            covered = 0;
        }
        if (partSlot != slot || from != covered) {
            forget();
            return;
        }
        for (ByteBuffer view : Checksums.views(part)) {
            crc.update(view);
        }
        covered += part.byteSize();
    }

    /** True if all of an entry of this length has been told, in this slot. */
    boolean covers(int wantedSlot, long bytes) {
        return slot == wantedSlot && covered == bytes;
    }

    long value() {
        return crc.getValue();
    }

    void forget() {
        slot = NO_SLOT;
    }
}
