package io.witan.kernels.cuda.gemm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * What a kernel over groups of rows must know of them, written on the host and copied to the device at once: a structure for each
 * group if the kernel wants one, up to {@value #COLUMNS} columns of addresses with one for each group, offsets, and a list of work.
 * Reused from call to call:
 *
 * <pre>{@code table.begin(offsets); table.addresses(0, w); table.listTiles(128); table.upload();}</pre>
 *
 * <p>Addresses of parts hold until the next {@link #upload}; those of the host side until the next {@link #begin}.
 */
final class GroupTable {
    /** Columns of addresses. */
    static final int COLUMNS = 3;

    private static final long ALIGNMENT = 16;

    private final StagedMemory memory;
    private final int structureBytes;
    private MemorySegment host = MemorySegment.NULL;
    private long[] order = {};
    private int groups;
    private long columnsAt;
    private long offsetsAt;
    private long listAt;
    private long end;
    private int listed;

    GroupTable(Device device) {
        this(device, 0);
    }

    /** @param structureBytes of a group's structure, a multiple of the alignment that it needs, 256 at most */
    GroupTable(Device device, int structureBytes) {
        memory = new StagedMemory(device);
        this.structureBytes = structureBytes;
    }

    /**
     * Begins anew, without addresses and with any structures.
     *
     * @param offsets one more than groups
     */
    void begin(int[] offsets) {
        groups = offsets.length - 1;
        columnsAt = (long) structureBytes * groups;
        offsetsAt = columnsAt + (long) COLUMNS * groups * Long.BYTES;
        listAt = (offsetsAt + (long) offsets.length * Integer.BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        beginList(0);
        host.asSlice(columnsAt, offsetsAt - columnsAt).fill((byte) 0);
        MemorySegment.copy(offsets, 0, host, JAVA_INT, offsetsAt, offsets.length);
    }

    private void beginList(long entries) {
        host = memory.host(listAt + entries * Integer.BYTES);
        end = listAt;
        listed = 0;
    }

    /** Part of a group's structure, to be written. */
    MemorySegment structure(int group, long at, long bytes) {
        return host.asSlice((long) group * structureBytes + at, bytes);
    }

    /** Fills a column with where the segments are; null is address 0. */
    void addresses(int column, MemorySegment[] segments) {
        for (int g = 0; g < groups; g++) {
            long address = segments[g] == null ? 0 : segments[g].address();
            host.set(JAVA_LONG, columnsAt + ((long) column * groups + g) * Long.BYTES, address);
        }
    }

    /** Lists (group, first row) of each {@code tileRows} rows or fewer, so that no tile has rows of two groups. */
    void listTiles(int tileRows) {
        beginList(2L * (rows() / tileRows + groups));
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
        beginList(groups);
        if (order.length < groups) {
            order = new long[groups];
        }
        for (int g = 0; g < groups; g++) {
            if (changes(column, g, beta)) {
                order[listed++] = ((long) -rows(g) << Integer.SIZE) + g;
            }
        }
        Arrays.sort(order, 0, listed);
        for (int i = 0; i < listed; i++) {
            append((int) order[i]);
        }
    }

    /** Whether the group's matrix of a column changes by a product over its rows that adds to beta times the matrix. */
    boolean changes(int column, int group, float beta) {
        return address(column, group) != 0 && (rows(group) > 0 || beta != 1);
    }

    /**
     * Lists, for each group and for the end, the number of its first share of work; {@link #listed} is the number of all.
     *
     * @param shares of a group
     */
    void listNumbers(IntUnaryOperator shares) {
        beginList(groups + 1L);
        for (int g = 0; g < groups; g++) {
            append(listed);
            listed = Math.addExact(listed, shares.applyAsInt(g));
        }
        append(listed);
    }

    private void append(int value) {
        host.set(JAVA_INT, end, value);
        end += Integer.BYTES;
    }

    /** Copies it to the device, after what was queued before. */
    void upload() {
        memory.upload(end);
    }

    int groups() {
        return groups;
    }

    int rows() {
        return offset(groups);
    }

    int rows(int group) {
        return offset(group + 1) - offset(group);
    }

    /** First row of a group, from the host side. */
    private int offset(int group) {
        return host.get(JAVA_INT, offsetsAt + (long) group * Integer.BYTES);
    }

    /** An address, from the host side; 0 for none. */
    long address(int column, int group) {
        return host.get(JAVA_LONG, columnsAt + ((long) column * groups + group) * Long.BYTES);
    }

    /** Entries of the list, groups or tiles; or what it numbers. */
    int listed() {
        return listed;
    }

    /** Where the structures are on the device. */
    long structuresAddress() {
        return memory.address();
    }

    /** Where the offsets are on the device. */
    long offsetsAddress() {
        return memory.address() + offsetsAt;
    }

    /** Where a column of addresses is on the device. */
    long columnAddress(int column) {
        return memory.address() + columnsAt + (long) column * groups * Long.BYTES;
    }

    /** Where the list is on the device. */
    long listAddress() {
        return memory.address() + listAt;
    }
}
