package io.witan.runtime.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which step each entry of each slot holds, and its checksum. All keys are put at creation and all values have one length,
 * so that a commit replaces values in place. A record seals itself with a CRC32C over its key and fields.
 */
final class VaultDirectory implements AutoCloseable {
    /** What is known of an entry; of a commit, length is the number of entries and checksum covers their checksums. */
    record Committed(long step, long length, long checksum) {}

    private static final Logger LOG = LoggerFactory.getLogger(VaultDirectory.class);
    private static final int FIELD_BYTES = 3 * Long.BYTES;
    private static final int RECORD_BYTES = FIELD_BYTES + Long.BYTES;

    private final SealedMap map;
    private final String[][] keys;
    private final byte[][][] keyBytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(RECORD_BYTES);
    private final CRC32C crc = new CRC32C();

    private VaultDirectory(SealedMap map, List<ExpertVault.Entry> entries) {
        this.map = map;
        this.keys = new String[VaultLayout.SLOTS][];
        this.keyBytes = new byte[VaultLayout.SLOTS][][];
        for (int slot = 0; slot < VaultLayout.SLOTS; slot++) {
            List<String> names = new ArrayList<>();
            for (ExpertVault.Entry entry : entries) {
                names.add(slot + "/entry/" + entry.key());
            }
            names.add(slot + "/engine");
            names.add(slot + "/commit");
            keys[slot] = names.toArray(String[]::new);
            keyBytes[slot] = names.stream()
                    .map(name -> name.getBytes(StandardCharsets.UTF_8))
                    .toArray(byte[][]::new);
        }
    }

    private static SealedMap.Sizing sizing(List<ExpertVault.Entry> entries) {
        int longest = entries.stream()
                .mapToInt(entry -> entry.key().getBytes(StandardCharsets.UTF_8).length)
                .max()
                .orElseThrow();
        int keyBytes = longest + "0/entry/".length();
        return new SealedMap.Sizing(
                "vault", 2L * (entries.size() + 2), keyBytes, RECORD_BYTES, keyBytes + RECORD_BYTES + 64);
    }

    /** Bytes that a directory may take on the disk, from above. */
    static long spaceBytes(List<ExpertVault.Entry> entries) {
        return (4L << 20) + 16L * (entries.size() + 2) * (VaultLayout.MAX_KEY_BYTES + RECORD_BYTES);
    }

    static VaultDirectory create(Path file, List<ExpertVault.Entry> entries) {
        SealedMap map = SealedMap.create(file, sizing(entries));
        try {
            VaultDirectory directory = new VaultDirectory(map, entries);
            for (String[] slotKeys : directory.keys) {
                for (String key : slotKeys) {
                    map.put(key, new byte[RECORD_BYTES]);
                }
            }
            DiskSpace.fillHoles(file);
            return directory;
        } catch (RuntimeException | Error e) {
            map.close();
            throw e;
        }
    }

    /** Opens, recovers or, where nothing can be saved, replaces a directory by an empty one. */
    static VaultDirectory open(Path file, VaultLayout layout) {
        List<ExpertVault.Entry> entries = layout.entries();
        if (file.toFile().length() < layout.directoryBytes() || !Files.isRegularFile(file)) {
            LOG.warn("{}: missing or short: its records are lost", file);
            return create(file, entries);
        }
        try {
            boolean sealed = SealedMap.isSealed(file);
            SealedMap map = sealed ? SealedMap.open(file, sizing(entries)) : SealedMap.recover(file, sizing(entries));
            return new VaultDirectory(map, entries);
        } catch (VaultException e) {
            throw e;
        } catch (RuntimeException | AssertionError | InternalError e) {
            LOG.warn("{}: cannot be recovered ({}): its records are lost", file, e.toString());
            return create(file, entries);
        }
    }

    void put(int slot, int index, long step, long length, long checksum) {
        buffer.clear().putLong(step).putLong(length).putLong(checksum);
        buffer.putLong(seal(slot, index, buffer.array()));
        map.put(keys[slot][index], buffer.array());
    }

    /** The record, or null when there is none that is sound. */
    Committed get(int slot, int index) {
        byte[] bytes = map.get(keys[slot][index]);
        if (bytes == null || bytes.length != RECORD_BYTES) {
            return null;
        }
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        Committed record = new Committed(fields.getLong(), fields.getLong(), fields.getLong());
        return fields.getLong() == seal(slot, index, bytes) ? record : null;
    }

    private long seal(int slot, int index, byte[] bytes) {
        crc.reset();
        crc.update(keyBytes[slot][index]);
        crc.update(bytes, 0, FIELD_BYTES);
        return crc.getValue();
    }

    @Override
    public void close() {
        map.close();
    }
}
