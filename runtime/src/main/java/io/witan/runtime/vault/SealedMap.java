package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import net.openhft.chronicle.hash.ChronicleHashCorruption;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Chronicle Map file with one writer and a seal: a small file beside it with the checksum of the whole map file, written
 * by a clean close and removed by the next opening. With a right seal the map opens as it is; without one it was not
 * closed (its segment lock may be stale) or is damaged, and only {@link #recover} may touch it.
 */
final class SealedMap implements AutoCloseable {
    /** Sizes of a map file; every opening must give the ones of its creation. Lengths in bytes. */
    record Sizing(String name, long entries, int keyBytes, int valueBytes, int maxEntryBytes) {
        private static final int CHUNK_BYTES = 64;

        private ChronicleMapBuilder<String, byte[]> builder() {
            int chunk = Math.max(CHUNK_BYTES, Math.ceilDiv(keyBytes + valueBytes, 8));
            return ChronicleMap.of(String.class, byte[].class)
                    .name(name)
                    .averageKeySize(keyBytes)
                    .averageValueSize(valueBytes)
                    .entries(entries)
                    .actualChunkSize(chunk)
                    .maxChunksPerEntry(Math.ceilDiv(maxEntryBytes, chunk) + 1)
                    .actualSegments(1);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(SealedMap.class);

    private final Path file;
    private final ChronicleMap<String, byte[]> map;

    private SealedMap(Path file, ChronicleMap<String, byte[]> map) {
        this.file = file;
        this.map = map;
    }

    /** Deletes what is there and makes an empty map. */
    static SealedMap create(Path file, Sizing sizing) {
        try {
            Files.deleteIfExists(seal(file));
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw VaultException.io("delete", file, e);
        }
        return start(file, () -> createPersisted(file, sizing));
    }

    /** Whether the file is as its last clean close left it. */
    static boolean isSealed(Path file) {
        try {
            return Files.isRegularFile(seal(file))
                    && Files.isRegularFile(file)
                    && Files.size(seal(file)) < 100
                    && Files.readString(seal(file), StandardCharsets.ISO_8859_1).equals(sealText(file));
        } catch (IOException e) {
            return false;
        }
    }

    /** Opens a file that {@link #isSealed}; from now on it is not. */
    static SealedMap open(Path file, Sizing sizing) {
        breakSeal(file);
        return start(file, () -> createPersisted(file, sizing));
    }

    /** Opens a file that was not closed: frees its locks and drops what Chronicle finds damaged. */
    static SealedMap recover(Path file, Sizing sizing) {
        breakSeal(file);
        return start(file, () -> {
            AtomicInteger problems = new AtomicInteger();
            ChronicleHashCorruption.Listener count = problem -> problems.incrementAndGet();
            try {
                ChronicleMap<String, byte[]> map = sizing.builder().recoverPersistedTo(file.toFile(), true, count);
                LOG.info("{}: was not closed; recovered, {} problems repaired", file, problems);
                return map;
            } catch (IOException e) {
                throw VaultException.io("recover", file, e);
            }
        });
    }

    private static ChronicleMap<String, byte[]> createPersisted(Path file, Sizing sizing) {
        try {
            return sizing.builder().createPersistedTo(file.toFile());
        } catch (IOException e) {
            throw VaultException.io("open", file, e);
        }
    }

    private static SealedMap start(Path file, Supplier<ChronicleMap<String, byte[]>> opening) {
        return new SealedMap(file, ChronicleFlags.explain(opening));
    }

    /** The value, or null. */
    byte[] get(String key) {
        return map.get(key);
    }

    void put(String key, byte[] value) {
        map.put(key, value);
    }

    void clear() {
        map.clear();
    }

    /** Closes and seals. */
    @Override
    public void close() {
        map.close();
        Path aside = seal(file).resolveSibling(seal(file).getFileName() + ".tmp");
        try {
            Files.writeString(aside, sealText(file), StandardCharsets.ISO_8859_1);
            Files.move(aside, seal(file), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw VaultException.io("seal", file, e);
        }
    }

    private static void breakSeal(Path file) {
        try {
            Files.deleteIfExists(seal(file));
        } catch (IOException e) {
            throw VaultException.io("open", file, e);
        }
    }

    private static Path seal(Path file) {
        return file.resolveSibling(file.getFileName() + ".seal");
    }

    private static String sealText(Path file) throws IOException {
        return String.format("crc32c %08x bytes %d%n", Checksums.ofFile(file), Files.size(file));
    }
}
