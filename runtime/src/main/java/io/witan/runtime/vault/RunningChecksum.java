package io.witan.runtime.vault;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksum of an entry that is told part by part, from front to end. */
final class RunningChecksum {
    private static final int NO_SLOT = -1;

    private final CRC32C crc = new CRC32C();
    private int slot = NO_SLOT;
    private long covered;

    /**
     * A part that begins at the front begins anew; one that does not follow the last ends it.
     *
     * @param views of the whole entry in that slot
     */
    void add(int partSlot, ByteBuffer[] views, long from, long bytes) {
        if (from == 0) {
            crc.reset();
            slot = partSlot;
            covered = 0;
        }
        if (partSlot != slot || from != covered) {
            forget();
            return;
        }
        Checksums.update(crc, views, from, bytes);
        covered += bytes;
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
