package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds published step folders and compares them with their file lists. */
final class StepFolders {
    private StepFolders() {}

    /** The step folder that a path means: itself, the one that its latest names, or the newest revision of its name. */
    static Path resolve(Path path) {
        if (Files.exists(path.resolve(ManifestFile.NAME))) {
            return path;
        }
        if (Files.exists(path.resolve(CheckpointStore.LATEST))) {
            return followLatest(path);
        }
        if (!Files.exists(path)) {
            return newestRevision(path)
                    .orElseThrow(() -> CheckpointException.of(path, "no checkpoint: no such folder"));
        }
        throw CheckpointException.of(
                path, "no checkpoint: expected " + ManifestFile.NAME + " or " + CheckpointStore.LATEST + " in it");
    }

    static Path followLatest(Path root) {
        Path pointer = root.resolve(CheckpointStore.LATEST);
        String text = new String(ManifestFile.readSmall(pointer, 256), StandardCharsets.UTF_8).strip();
        StepFolder named = StepFolder.parse(text)
                .orElseThrow(() -> CheckpointException.mismatch(
                        pointer, "name of a step folder", "step-<8 digits or more>", CheckpointException.quote(text)));
        Path folder = root.resolve(named.name());
        if (!Files.isDirectory(folder)) {
            throw CheckpointException.of(pointer, "names " + named.name() + ", which is not there");
        }
        return folder;
    }

    private static Optional<Path> newestRevision(Path path) {
        Path root = path.toAbsolutePath().getParent();
        Optional<StepFolder> wanted = path.getFileName() == null
                ? Optional.empty()
                : StepFolder.parse(path.getFileName().toString());
        if (root == null || wanted.isEmpty() || !Files.isDirectory(root)) {
            return Optional.empty();
        }
        try (Stream<Path> paths = Files.list(root)) {
            return paths.flatMap(other -> StepFolder.parse(other.getFileName().toString()).stream())
                    .filter(other -> other.step() == wanted.get().step())
                    .max(Comparator.comparingInt(StepFolder::revision))
                    .map(found -> root.resolve(found.name()));
        } catch (IOException e) {
            throw CheckpointException.io("list", root, e);
        }
    }

    /** Refuses a folder that lacks a listed file, has one of another length, or has a file that is not listed. */
    static void requireExactly(Path folder, List<FileRecord> files) {
        Map<String, Path> present = new HashMap<>();
        try (Stream<Path> paths = Files.list(folder)) {
            paths.forEach(path -> present.put(path.getFileName().toString(), path));
        } catch (IOException e) {
            throw CheckpointException.io("list", folder, e);
        }
        for (FileRecord file : files) {
            Path path = present.remove(file.name());
            if (path == null) {
                throw CheckpointException.of(folder.resolve(file.name()), "is listed in the manifest but not there");
            }
            requireLength(path, file.bytes());
        }
        present.remove(ManifestFile.NAME);
        present.remove(ManifestFile.CHECKSUM_NAME);
        present.keySet().removeIf(name -> name.startsWith("."));
        if (!present.isEmpty()) {
            Path extra = present.values().stream().sorted().findFirst().orElseThrow();
            throw CheckpointException.of(
                    extra, "is not listed in the manifest (" + present.size() + " such); remove it or list it");
        }
    }

    private static void requireLength(Path path, long bytes) {
        try {
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                throw CheckpointException.of(path, "is not a regular file");
            }
            if (Files.size(path) != bytes) {
                throw CheckpointException.mismatch(path, "length in bytes", bytes, Files.size(path));
            }
        } catch (IOException e) {
            throw CheckpointException.io("read the length of", path, e);
        }
    }
}
