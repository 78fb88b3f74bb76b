package io.witan.runtime.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A published checkpoint, open for reading. Opening checks the manifest, every file's presence and length and every
 * header; nothing can be read before its file's checksum was found right. To load all or nothing: {@link #open}, {@link
 * #verify()} (or {@link #verifyFilesOf} on each rank), {@link #validate}, and only then {@link #read}.
 */
public final class Checkpoint implements AutoCloseable {
    private static final int SHOWN = 5;

    private final Path folder;
    private final Manifest manifest;
    private final Map<String, FileRecord> records = new LinkedHashMap<>();
    private final Map<String, SafetensorsFile> files = new LinkedHashMap<>();
    private final Map<String, SafetensorsFile> fileOf = new LinkedHashMap<>();
    private final Set<String> verified = new LinkedHashSet<>();

    private Checkpoint(Path folder, Manifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * Opens a store's folder (following latest) or one step folder. Close it to unmap its files.
     *
     * @throws CheckpointException when anything but the file checksums is wrong; those are for {@link #verify()}
     */
    public static Checkpoint open(Path path) {
        Path folder = StepFolders.resolve(path);
        Checkpoint checkpoint = new Checkpoint(folder, ManifestFile.read(folder));
        try {
            checkpoint.openFiles();
            return checkpoint;
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    /** As {@link #open}, but reads are allowed without checksums: for inspection, or after an earlier verification. */
    public static Checkpoint openUnverified(Path path) {
        Checkpoint checkpoint = open(path);
        checkpoint.verified.addAll(checkpoint.records.keySet());
        return checkpoint;
    }

    private void openFiles() {
        long named = StepFolder.parse(
                        folder.toAbsolutePath().normalize().getFileName().toString())
                .map(StepFolder::step)
                .orElse(manifest.step());
        if (named != manifest.step()) {
            throw CheckpointException.mismatch(folder.resolve(ManifestFile.NAME), "step", named, manifest.step());
        }
        StepFolders.requireExactly(folder, manifest.files());
        for (FileRecord record : manifest.files()) {
            SafetensorsFile file = SafetensorsFile.open(folder.resolve(record.name()));
            records.put(record.name(), record);
            files.put(record.name(), file);
            for (TensorInfo tensor : file.tensors()) {
                SafetensorsFile other = fileOf.put(tensor.name(), file);
                if (other != null) {
                    throw CheckpointException.of(
                            file.path(),
                            "tensor " + CheckpointException.quote(tensor.name()) + " is also in " + other.path());
                }
            }
        }
    }

    /** The step folder. */
    public Path folder() {
        return folder;
    }

    /** All tensors but the optimizer's, by name. */
    public List<String> parameterNames() {
        return fileOf.keySet().stream()
                .filter(name -> !CheckpointNames.isOptimizerState(name))
                .sorted()
                .toList();
    }

    /** Name of the file that holds a tensor. @throws CheckpointException when there is no such tensor */
    public String fileName(String tensorName) {
        return fileName(require(tensorName));
    }

    /** What the checkpoint says about itself. */
    public Manifest manifest() {
        return manifest;
    }

    /** All tensor names, file by file. */
    public Set<String> tensorNames() {
        return Set.copyOf(fileOf.keySet());
    }

    /**
     * Compares every file's SHA-256 with the manifest, on all cores.
     *
     * @throws CheckpointException naming the first bad file and how many there are
     */
    public void verify() {
        verify(records.keySet());
    }

    /** As {@link #verify()}, for the files that hold the given tensors: what one rank of many needs. */
    public void verifyFilesOf(Collection<String> tensorNames) {
        Set<String> names = new TreeSet<>();
        tensorNames.forEach(name -> names.add(fileName(require(name))));
        verify(names);
    }

    private void verify(Collection<String> names) {
        List<String> bad = names.parallelStream()
                .filter(name -> !verified.contains(name))
                .filter(name -> !sha256(name).equals(records.get(name).sha256()))
                .sorted()
                .toList();
        if (!bad.isEmpty()) {
            String first = bad.getFirst();
            throw CheckpointException.mismatch(
                    folder.resolve(first),
                    "sha256 (" + bad.size() + " of " + names.size() + " files are wrong)",
                    records.get(first).sha256(),
                    sha256(first));
        }
        verified.addAll(names);
    }

    private String sha256(String fileName) {
        SafetensorsFile file = files.get(fileName);
        try {
            return Sha256.of(file.bytes());
        } catch (InternalError e) {
            throw CheckpointException.of(file.path(), "cannot be read: it was shortened, or the disk failed");
        }
    }

    /**
     * Compares all tensors with what the engine is going to read, before it reads any.
     *
     * @throws CheckpointException in one line: how many are missing, unexpected or of another shape, and the first few
     */
    public void validate(Map<String, long[]> expectedShapes) {
        Set<String> missing = new TreeSet<>(expectedShapes.keySet());
        missing.removeAll(fileOf.keySet());
        Set<String> unexpected = new TreeSet<>(fileOf.keySet());
        unexpected.removeAll(expectedShapes.keySet());
        Set<String> misshaped = new TreeSet<>();
        expectedShapes.forEach((name, expected) -> {
            if (has(name) && !Arrays.equals(expected, shape(name))) {
                misshaped.add(
                        name + " expected " + Arrays.toString(expected) + " found " + Arrays.toString(shape(name)));
            }
        });
        if (missing.isEmpty() && unexpected.isEmpty() && misshaped.isEmpty()) {
            return;
        }
        throw CheckpointException.of(
                folder,
                "tensors do not fit the model: " + firstFew("missing", missing) + "; "
                        + firstFew("unexpected", unexpected) + "; " + firstFew("of another shape", misshaped));
    }

    private static String firstFew(String what, Set<String> names) {
        if (names.isEmpty()) {
            return "0 " + what;
        }
        List<String> shown = names.stream().limit(SHOWN).toList();
        return names.size() + " " + what + " (" + String.join(", ", shown) + (names.size() > SHOWN ? ", ..." : "")
                + ")";
    }

    /** Whether the checkpoint holds the tensor. */
    public boolean has(String tensorName) {
        return fileOf.containsKey(tensorName);
    }

    /** Whether it holds Adam's moments; without them training begins with moments of zero. */
    public boolean hasOptimizerState() {
        return fileOf.keySet().stream().anyMatch(CheckpointNames::isOptimizerState);
    }

    /** A tensor's dimensions. @throws CheckpointException when there is no such tensor */
    public long[] shape(String tensorName) {
        return require(tensorName).tensor(tensorName).shape();
    }

    /**
     * Copies a tensor's bytes.
     *
     * @param to exactly as long as the tensor; the caller's
     * @throws CheckpointException when there is no such tensor, the lengths differ, or its file was not verified
     */
    public void read(String tensorName, MemorySegment to) {
        SafetensorsFile file = require(tensorName);
        TensorInfo tensor = file.tensor(tensorName);
        if (!verified.contains(fileName(file))) {
            throw CheckpointException.of(file.path(), "must be verified before tensors are read from it");
        }
        if (to.byteSize() != tensor.bytes()) {
            throw CheckpointException.mismatch(
                    file.path(),
                    "tensor " + CheckpointException.quote(tensorName) + " length in bytes",
                    to.byteSize(),
                    tensor.bytes());
        }
        try {
            to.copyFrom(file.data(tensorName));
        } catch (InternalError e) {
            throw CheckpointException.of(file.path(), "cannot be read: it was shortened, or the disk failed");
        }
    }

    /**
     * A tensor's bytes where its file is mapped, for what reads a tensor piece by piece: a read-only view, valid until {@link #close}.
     *
     * @throws CheckpointException when there is no such tensor, it is not F32, or its file was not verified
     */
    public MemorySegment floats(String tensorName) {
        return mapped(tensorName, Dtype.F32);
    }

    /** As {@link #floats}, of another element type. */
    public MemorySegment mapped(String tensorName, Dtype expected) {
        SafetensorsFile file = require(tensorName);
        if (!verified.contains(fileName(file))) {
            throw CheckpointException.of(file.path(), "must be verified before tensors are read from it");
        }
        Dtype dtype = file.tensor(tensorName).dtype();
        if (dtype != expected) {
            throw CheckpointException.mismatch(
                    file.path(), "tensor " + CheckpointException.quote(tensorName) + " dtype", expected, dtype);
        }
        return file.data(tensorName);
    }

    /**
     * Refuses a checkpoint that lacks a tensor or has it in another shape; what else it holds does not matter.
     *
     * @throws CheckpointException naming the file and the first such tensor
     */
    public void requireParameter(String tensorName, long[] shape) {
        if (!has(tensorName)) {
            throw CheckpointException.of(folder, "no tensor " + CheckpointException.quote(tensorName));
        }
        if (!Arrays.equals(shape, shape(tensorName))) {
            throw CheckpointException.mismatch(
                    require(tensorName).path(),
                    "tensor " + CheckpointException.quote(tensorName) + " shape",
                    Arrays.toString(shape),
                    Arrays.toString(shape(tensorName)));
        }
    }

    private SafetensorsFile require(String tensorName) {
        SafetensorsFile file = fileOf.get(tensorName);
        if (file == null) {
            throw CheckpointException.of(folder, "no tensor " + CheckpointException.quote(tensorName));
        }
        return file;
    }

    private static String fileName(SafetensorsFile file) {
        return file.path().getFileName().toString();
    }

    /** Counts and sizes, for people. */
    public CheckpointSummary summary() {
        return CheckpointSummary.of(manifest, files.values());
    }

    /** Unmaps all files. */
    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
        files.clear();
    }
}
