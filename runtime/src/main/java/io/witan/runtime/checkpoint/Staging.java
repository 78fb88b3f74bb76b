package io.witan.runtime.checkpoint;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The hidden folder of a save that is not published yet. Ranks write different files of it, each in its own process. */
public final class Staging {
    private final FileOps ops;
    private final Path folder;
    private final long step;

    Staging(FileOps ops, Path folder, long step) {
        this.ops = ops;
        this.folder = folder;
        this.step = step;
    }

    /** The step being saved. */
    public long step() {
        return step;
    }

    /** The hidden folder. */
    public Path folder() {
        return folder;
    }

    /**
     * Writes one file, with its contents made durable. Give the record to rank 0 for the manifest.
     *
     * @param fileName see {@link CheckpointNames}; not used by another rank in this save
     * @param tensors names unique in the whole checkpoint
     * @throws CheckpointException for bad tensors or a failed write; the save must then be abandoned
     */
    public FileRecord write(String fileName, List<NamedTensor> tensors) {
        return stream(fileName, tensors.stream().map(NamedTensor::streamed).toList());
    }

    /** As {@link #write}, with tensors that are made while they are written. */
    public FileRecord stream(String fileName, List<StreamedTensor> tensors) {
        try {
            FileRecord.requireName(fileName);
        } catch (IllegalArgumentException e) {
            throw CheckpointException.of(folder, e.getMessage());
        }
        return SafetensorsWriter.stream(ops, folder.resolve(fileName), Map.of("step", Long.toString(step)), tensors);
    }
}
