package io.witan.runtime.checkpoint;

import java.util.regex.Pattern;

/**
 * A file of a checkpoint, as the manifest lists it.
 *
 * @param name file name inside the step folder, ending in .safetensors; never a path
 * @param bytes length
 * @param sha256 64 lower-case hex digits over the whole file
 */
public record FileRecord(String name, long bytes, String sha256) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,180}\\.safetensors");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public FileRecord {
        requireName(name);
        if (bytes < 0) {
            throw new IllegalArgumentException("file " + name + ": bytes: expected 0 or more, found " + bytes);
        }
        if (sha256 == null || !SHA256.matcher(sha256).matches()) {
            throw new IllegalArgumentException("file " + name + ": sha256: expected 64 lower-case hex digits, found "
                    + CheckpointException.quote(String.valueOf(sha256)));
        }
    }

    static void requireName(String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "file name: expected letters, digits, '.', '_', '-' and the ending .safetensors, found "
                            + CheckpointException.quote(String.valueOf(name)));
        }
    }
}
