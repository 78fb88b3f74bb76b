package io.witan.runtime.checkpoint;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * What a checkpoint holds, for {@code inspect}.
 *
 * @param denseParameters elements of tensors outside expert files that are no optimizer state
 * @param expertParameters elements of tensors in expert files that are no optimizer state
 * @param optimizerElements elements of Adam's moments, see {@link CheckpointNames}
 * @param files in the manifest's order
 */
public record CheckpointSummary(
        long step,
        int worldSize,
        String createdBy,
        long denseParameters,
        long expertParameters,
        long optimizerElements,
        List<FileSummary> files) {
    /** One file: bytes on disk, header included, and its tensors in the order of their data. */
    public record FileSummary(String name, long bytes, List<TensorInfo> tensors) {
        public FileSummary {
            tensors = List.copyOf(tensors);
        }
    }

    public CheckpointSummary {
        files = List.copyOf(files);
    }

    static CheckpointSummary of(Manifest manifest, Collection<SafetensorsFile> files) {
        long dense = 0;
        long expert = 0;
        long optimizer = 0;
        List<FileSummary> summaries = new ArrayList<>();
        for (SafetensorsFile file : files) {
            String name = file.path().getFileName().toString();
            for (TensorInfo tensor : file.tensors()) {
                if (CheckpointNames.isOptimizerState(tensor.name())) {
                    optimizer += tensor.elementCount();
                } else if (CheckpointNames.isExpertFile(name)) {
                    expert += tensor.elementCount();
                } else {
                    dense += tensor.elementCount();
                }
            }
            summaries.add(new FileSummary(name, file.bytes().byteSize(), file.tensors()));
        }
        return new CheckpointSummary(
                manifest.step(), manifest.worldSize(), manifest.createdBy(), dense, expert, optimizer, summaries);
    }

    /** Number of tensors in all files. */
    public int tensorCount() {
        return files.stream().mapToInt(file -> file.tensors().size()).sum();
    }

    /** Bytes of all files. */
    public long bytes() {
        return files.stream().mapToLong(FileSummary::bytes).sum();
    }

    /** Lines to print: totals first, then each file with its tensors. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "step %d, written by %s with %d ranks", step, createdBy, worldSize));
        lines.add(String.format(Locale.ROOT, "%d tensors in %d files, %d bytes", tensorCount(), files.size(), bytes()));
        lines.add(String.format(
                Locale.ROOT,
                "parameters: %d dense, %d expert; optimizer state: %d elements",
                denseParameters,
                expertParameters,
                optimizerElements));
        for (FileSummary file : files) {
            lines.add(String.format(Locale.ROOT, "%s  %d bytes", file.name(), file.bytes()));
            file.tensors().forEach(tensor -> lines.add("  " + tensor));
        }
        return lines;
    }
}
