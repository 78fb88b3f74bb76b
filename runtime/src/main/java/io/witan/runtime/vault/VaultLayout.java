package io.witan.runtime.vault;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Byte offsets of a state file: header, slot 0, slot 1, each from a page boundary. In a slot the entries lie in order, each
 * from a multiple of 64 bytes, then the engine state.
 *
 * @param engineStateCapacity most bytes of engine state in a slot
 * @param directoryBytes length of the directory file at creation
 */
record VaultLayout(int rank, List<ExpertVault.Entry> entries, long engineStateCapacity, long directoryBytes) {
    static final int SLOTS = 2;
    static final int MAX_KEY_BYTES = 512;

    private static final long MAGIC = 0x544c5641_4e544957L;
    private static final int VERSION = 2;
    private static final int ALIGNMENT = 64;
    private static final int PAGE = 4096;
    private static final int CHECKSUM_AT = 16;
    private static final int FIELDS_AT = 24;
    private static final int ENTRIES_AT = 48;
    private static final int MAX_HEADER_BYTES = 1 << 30;

    VaultLayout {
        entries = List.copyOf(entries);
        if (rank < 0 || engineStateCapacity < 0 || entries.isEmpty()) {
            throw new IllegalArgumentException(
                    "vault: expected rank and engine state capacity 0 or more and some entries," + " found rank " + rank
                            + ", capacity " + engineStateCapacity + ", " + entries.size() + " entries");
        }
        Set<String> keys = new HashSet<>();
        for (ExpertVault.Entry entry : entries) {
            if (!keys.add(entry.key())) {
                throw new IllegalArgumentException("vault entry " + entry.key() + " is given twice");
            }
        }
    }

    private static long alignUp(long bytes, int alignment) {
        return Math.multiplyExact(Math.ceilDiv(bytes, alignment), alignment);
    }

    long headerBytes() {
        return alignUp(encodedBytes(), PAGE);
    }

    private long encodedBytes() {
        long bytes = ENTRIES_AT;
        for (ExpertVault.Entry entry : entries) {
            bytes += Integer.BYTES + Long.BYTES + entry.key().getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }

    /** Offset of each entry in its slot, then that of the engine state, then the slot's length. */
    long[] offsets() {
        long[] offsets = new long[entries.size() + 2];
        long at = 0;
        for (int i = 0; i < entries.size(); i++) {
            offsets[i] = at;
            at = Math.addExact(at, alignUp(entries.get(i).bytes(), ALIGNMENT));
        }
        offsets[entries.size()] = at;
        offsets[entries.size() + 1] = alignUp(Math.addExact(at, engineStateCapacity), PAGE);
        return offsets;
    }

    long totalBytes() {
        return Math.addExact(headerBytes(), Math.multiplyExact(SLOTS, offsets()[entries.size() + 1]));
    }

    /** Whether two vaults hold the same entries. Null when they do, else the first difference in words. */
    String difference(List<ExpertVault.Entry> expected) {
        for (int i = 0; i < Math.max(entries.size(), expected.size()); i++) {
            Object want = i < expected.size() ? expected.get(i) : "nothing";
            Object have = i < entries.size() ? entries.get(i) : "nothing";
            if (!want.equals(have)) {
                return "entry " + i + ": expected " + want + ", found " + have;
            }
        }
        return null;
    }

    ByteBuffer encode() {
        long bytes = encodedBytes();
        if (bytes > MAX_HEADER_BYTES) {
            throw new IllegalArgumentException("vault: too many entries: " + entries.size());
        }
        ByteBuffer header = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(VERSION).putInt(rank).putInt(0).putInt((int) bytes);
        header.putLong(engineStateCapacity)
                .putLong(directoryBytes)
                .putInt(entries.size())
                .putInt(0);
        for (ExpertVault.Entry entry : entries) {
            byte[] key = entry.key().getBytes(StandardCharsets.UTF_8);
            header.putInt(key.length).putLong(entry.bytes()).put(key);
        }
        header.putInt(CHECKSUM_AT, (int) Checksums.of(header.array()));
        return header.flip();
    }

    /** Reads a header; fileStart holds the file from its first byte, as much of it as there is. */
    static VaultLayout decode(Path file, ByteBuffer fileStart) {
        ByteBuffer header = fileStart.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (header.remaining() < ENTRIES_AT || header.getLong() != MAGIC) {
            throw damaged(file, "is not a finished vault: its creation was interrupted, or it is something else");
        }
        int version = header.getInt();
        if (version != VERSION) {
            throw new VaultException(
                    VaultException.Reason.GEOMETRY,
                    file + ": vault format: supported is " + VERSION + ", found " + version);
        }
        int rank = header.getInt();
        int checksum = header.getInt();
        int length = header.getInt();
        if (length < ENTRIES_AT || length > header.limit()) {
            throw damaged(file, "header is damaged: length " + length);
        }
        byte[] bytes = new byte[length];
        header.get(0, bytes);
        ByteBuffer.wrap(bytes).putInt(CHECKSUM_AT, 0);
        if ((int) Checksums.of(bytes) != checksum) {
            throw damaged(file, "header is damaged: wrong checksum");
        }
        ByteBuffer fields =
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).position(FIELDS_AT);
        try {
            VaultLayout layout = decodeFields(rank, fields);
            layout.totalBytes();
            return layout;
        } catch (IllegalArgumentException | BufferUnderflowException | ArithmeticException e) {
            throw damaged(file, "header is damaged: its entries do not fit together");
        }
    }

    private static VaultLayout decodeFields(int rank, ByteBuffer fields) {
        long engineStateCapacity = fields.getLong();
        long directoryBytes = fields.getLong();
        int count = fields.getInt();
        fields.getInt();
        List<ExpertVault.Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int keyBytes = fields.getInt();
            if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES) {
                throw new IllegalArgumentException("a key of " + keyBytes + " bytes");
            }
            byte[] key = new byte[keyBytes];
            long entryBytes = fields.getLong();
            fields.get(key);
            entries.add(new ExpertVault.Entry(new String(key, StandardCharsets.UTF_8), entryBytes));
        }
        return new VaultLayout(rank, entries, engineStateCapacity, directoryBytes);
    }

    private static VaultException damaged(Path file, String problem) {
        return new VaultException(VaultException.Reason.CORRUPT, file + ": " + problem);
    }
}
