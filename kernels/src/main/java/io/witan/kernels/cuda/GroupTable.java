package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a kernel over groups of rows must know of them, written on the host and copied to the device at once: offsets, up to
 * {@value #COLUMNS} columns of addresses with one for each group, and a list of work. Reused from call to call:
 *
 * <pre>{@code table.begin(offsets); table.addresses(0, w); table.listTiles(128); table.upload();}</pre>
 *
 * <p>Addresses of parts hold until the next {@link #upload}; those of the host side until the next {@link #begin}.
 */
final class GroupTable {
    /** Columns of addresses. */
    static final int COLUMNS = 3;

    private static final long ALIGNMENT = 16;
    private static final long LEAST_BYTES = 4096;

    private final Device device;
    private MemorySegment host = MemorySegment.NULL;
    private MemorySegment memory;
    private long[] order = {};
    private int groups;
    private long offsetsAt;
    private long listAt;
    private long end;
    private int listed;

    GroupTable(Device device) {
        this.device = device;
        memory = device.allocate(0);
    }

    /**
     * Begins anew, without addresses.
     *
     * @param offsets one more than groups
     */
    void begin(int[] offsets) {
        groups = offsets.length - 1;
        offsetsAt = (long) COLUMNS * groups * Long.BYTES;
        listAt = (offsetsAt + (long) offsets.length * Integer.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        end = listAt;
        listed = 0;
        grow(end);
        host.asSlice(0, offsetsAt).fill((byte) 0);
        MemorySegment.copy(offsets, 0, host, JAVA_INT, offsetsAt, offsets.length);
    }

    private void grow(long bytes) {
        if (bytes > host.byteSize()) {
            long size = Math.max(LEAST_BYTES, Math.max(bytes, 2 * host.byteSize()));
            MemorySegment larger = Arena.ofAuto().allocate(size, ALIGNMENT);
            larger.copyFrom(host);
            host = larger;
        }
    }

    /** Fills a column with where the segments are; null is address 0. */
    void addresses(int column, MemorySegment[] segments) {
        for (int g = 0; g < groups; g++) {
            address(column, g, segments[g] == null ? 0 : segments[g].address());
        }
    }

    void address(int column, int group, long address) {
        host.setAtIndex(JAVA_LONG, (long) column * groups + group, address);
    }

    /** Lists (group, first row) of each {@code tileRows} rows or fewer, so that no tile has rows of two groups. */
    void listTiles(int tileRows) {
        long most = rows() / tileRows + groups;
        grow(listAt + most * 2 * Integer.BYTES);
        end = listAt;
        listed = 0;
        for (int g = 0; g < groups; g++) {
            for (int row = offset(g); row < offset(g + 1); row += tileRows) {
                append(g);
                append(row);
                listed++;
            }
        }
    }

    /**
     * Lists the groups whose matrix of a column changes by a product over rows that adds to beta times the matrix; most rows
     * first, so that no long one begins last.
     */
    void listGroups(int column, float beta) {
        grow(listAt + (long) groups * Integer.BYTES);
        if (order.length < groups) {
            order = new long[groups];
        }
        end = listAt;
        listed = 0;
        for (int g = 0; g < groups; g++) {
            int rows = offset(g + 1) - offset(g);
            if (address(column, g) != 0 && (rows > 0 || beta != 1)) {
                order[listed++] = ((long) -rows << Integer.SIZE) + g;
            }
        }
        Arrays.sort(order, 0, listed);
        for (int i = 0; i < listed; i++) {
            append((int) order[i]);
        }
    }

    private void append(int value) {
        host.set(JAVA_INT, end, value);
        end += Integer.BYTES;
    }

    /** Copies it to the device, after what was queued before. */
    void upload() {
        if (end > memory.byteSize()) {
            device.release(memory);
            memory = device.allocate(host.byteSize());
        }
        device.copyIn(host, memory, end);
    }

    int groups() {
        return groups;
    }

    int rows() {
        return offset(groups);
    }

    /** First row of a group, from the host side. */
    int offset(int group) {
        return host.get(JAVA_INT, offsetsAt + (long) group * Integer.BYTES);
    }

    /** An address, from the host side; 0 for none. */
    long address(int column, int group) {
        return host.getAtIndex(JAVA_LONG, (long) column * groups + group);
    }

    /** Entries of the list: tiles or groups. */
    int listed() {
        return listed;
    }

    /** Where the offsets are on the device. */
    long offsetsAddress() {
        return memory.address() + offsetsAt;
    }

    /** Where a column of addresses is on the device. */
    long columnAddress(int column) {
        return memory.address() + (long) column * groups * Long.BYTES;
    }

    /** Where the list is on the device. */
    long listAddress() {
        return memory.address() + listAt;
    }
}
