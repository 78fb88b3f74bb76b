package io.witan.runtime.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a checkpoint says about itself; manifest.json holds it.
 *
 * @param formatVersion {@link #FORMAT_VERSION}; any other is refused
 * @param step completed training steps
 * @param worldSize ranks of the run that wrote it; any other number of ranks can load it
 * @param modelFingerprint names the architecture and its sizes; the engine compares it
 * @param tokenizerFingerprint names the tokenizer; the engine compares it
 * @param dataFingerprint names the data set and its order; the engine compares it
 * @param config the resolved configuration of the run, YAML text
 * @param engine what the engine needs to go on: counters, owner maps, load history, data position; free form
 * @param files every file of the checkpoint, except the manifest and its checksum; at least one
 * @param createdBy product and version that wrote it
 */
public record Manifest(
        int formatVersion,
        long step,
        int worldSize,
        String modelFingerprint,
        String tokenizerFingerprint,
        String dataFingerprint,
        String config,
        JsonNode engine,
        List<FileRecord> files,
        String createdBy) {
    /** The version of the layout that this build writes and reads. */
    public static final int FORMAT_VERSION = 1;

    public Manifest {
        if (formatVersion != FORMAT_VERSION) {
            throw new IllegalArgumentException(
                    "formatVersion: supported is " + FORMAT_VERSION + ", found " + formatVersion);
        }
        if (step < 0) {
            throw new IllegalArgumentException("step: expected 0 or more, found " + step);
        }
        if (worldSize < 1) {
            throw new IllegalArgumentException("worldSize: expected 1 or more, found " + worldSize);
        }
        requireText("modelFingerprint", modelFingerprint);
        requireText("tokenizerFingerprint", tokenizerFingerprint);
        requireText("dataFingerprint", dataFingerprint);
        requireText("config", config);
        requireText("createdBy", createdBy);
        if (engine == null || engine.isNull()) {
            throw new IllegalArgumentException("engine: expected a JSON value, found none");
        }
        if (files == null || files.isEmpty()) {
            throw new IllegalArgumentException("files: expected at least one, found none");
        }
        Set<String> names = new HashSet<>();
        for (FileRecord file : files) {
            if (file == null || !names.add(file.name())) {
                throw new IllegalArgumentException("files: a file is null or listed twice: " + file);
            }
        }
        engine = engine.deepCopy();
        files = List.copyOf(files);
    }

    private static void requireText(String field, String text) {
        if (text == null) {
            throw new IllegalArgumentException(field + ": expected text, found none");
        }
    }
}
