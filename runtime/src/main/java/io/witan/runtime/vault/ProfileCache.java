package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Profiling results kept between runs: profile key to a small text, JSON as a rule. It is a cache: a damaged file, or one
 * whose process was killed while it was open, is rebuilt empty, and a damaged record is absent; the log says so. One
 * process holds it at a time, so open it, use it and close it.
 */
public final class ProfileCache implements AutoCloseable {
    /** Longest key, in bytes of UTF-8. */
    public static final int MAX_KEY_BYTES = 512;

    /** Longest record, in bytes of UTF-8. */
    public static final int MAX_RECORD_BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(ProfileCache.class);
    private static final SealedMap.Sizing SIZING =
            new SealedMap.Sizing("profiles", 1024, 128, 2048, MAX_KEY_BYTES + MAX_RECORD_BYTES + 64);

    private final Path file;
    private final ExclusiveLock lock;
    private final SealedMap map;

    private ProfileCache(Path file, ExclusiveLock lock) {
        this.file = file;
        this.lock = lock;
        this.map = openOrRebuild();
    }

    /**
     * Opens or creates a cache.
     *
     * @param file the map file; its lock and its seal lie beside it
     * @param lockTimeout how long to wait for another process to close it
     * @throws VaultException when another process keeps it, or the folder cannot be written
     */
    public static ProfileCache open(Path file, Duration lockTimeout) {
        Path path = file.toAbsolutePath();
        try {
            Files.createDirectories(path.getParent());
        } catch (IOException e) {
            throw VaultException.io("create the folder of", path, e);
        }
        ExclusiveLock lock = ExclusiveLock.acquire(path.resolveSibling(path.getFileName() + ".lock"), lockTimeout);
        try {
            return new ProfileCache(path, lock);
        } catch (RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    private SealedMap openOrRebuild() {
        if (SealedMap.isSealed(file)) {
            try {
                return SealedMap.open(file, SIZING);
            } catch (VaultException e) {
                throw e;
            } catch (RuntimeException e) {
                LOG.warn("{}: cannot be opened ({}): rebuilt empty", file, e.toString());
            }
        } else if (Files.exists(file)) {
            LOG.warn("{}: damaged, or not closed by its last process: rebuilt empty", file);
        }
        return SealedMap.create(file, SIZING);
    }

    /** The record last put under the key, if there is one and it is sound. */
    public Optional<String> get(String key) {
        byte[] sealed = map.get(requireKey(key));
        if (sealed == null) {
            return Optional.empty();
        }
        if (sealed.length < Integer.BYTES || ByteBuffer.wrap(sealed).getInt() != checksum(key, sealed)) {
            LOG.warn("{}: record {} is damaged: treated as absent", file, key);
            return Optional.empty();
        }
        return Optional.of(new String(sealed, Integer.BYTES, sealed.length - Integer.BYTES, StandardCharsets.UTF_8));
    }

    /**
     * Stores or replaces a record. A full cache is emptied first.
     *
     * @throws IllegalArgumentException for a key or record over its limit
     */
    public void put(String key, String record) {
        byte[] text = record.getBytes(StandardCharsets.UTF_8);
        if (text.length > MAX_RECORD_BYTES) {
            throw new IllegalArgumentException("profile record " + key + ": expected at most " + MAX_RECORD_BYTES
                    + " bytes, found " + text.length);
        }
        byte[] sealed = new byte[Integer.BYTES + text.length];
        System.arraycopy(text, 0, sealed, Integer.BYTES, text.length);
        ByteBuffer.wrap(sealed).putInt(checksum(key, sealed));
        putSealed(requireKey(key), sealed);
    }

    /** Without a checksum of its own: for tests that plant damage. */
    void putSealed(String key, byte[] sealed) {
        try {
            map.put(key, sealed);
        } catch (IllegalStateException | IllegalArgumentException e) {
            LOG.warn("{}: full ({}): emptied", file, e.getMessage());
            map.clear();
            map.put(key, sealed);
        }
    }

    private static String requireKey(String key) {
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "profile key: expected 1 to " + MAX_KEY_BYTES + " bytes, found " + bytes);
        }
        return key;
    }

    private static int checksum(String key, byte[] sealed) {
        CRC32C crc = new CRC32C();
        crc.update(key.getBytes(StandardCharsets.UTF_8));
        crc.update(Arrays.copyOfRange(sealed, Integer.BYTES, sealed.length));
        return (int) crc.getValue();
    }

    /** Makes the cache ready for the next process. */
    @Override
    public void close() {
        try (lock) {
            map.close();
        }
    }
}
