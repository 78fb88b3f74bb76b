package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that a run saves its checkpoints in.
 *
 * <p>One save: rank 0 calls {@link #prepare}; after a barrier every rank calls {@link #stage} and writes its files; the
 * records are gathered on rank 0, which calls {@link #publish}; nobody prepares the next save before that has returned.
 * Whenever the run dies, the folder holds the previous checkpoint or the new one, complete, and {@code latest} names it.
 */
public final class CheckpointStore {
    static final String LATEST = "latest";

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
    private static final String LATEST_STAGING = ".latest.staging";
    private static final int DEFAULT_KEEP = 3;

    private final Path root;
    private final int keep;
    private final FileOps ops;

    /** A store that keeps the newest three checkpoints. Touches nothing yet. */
    public CheckpointStore(Path root) {
        this(root, DEFAULT_KEEP);
    }

    /** A store that keeps the newest checkpoints, 1 or more; the one that latest names is always among them. */
    public CheckpointStore(Path root, int keep) {
        this(root, keep, new DiskFileOps());
    }

    CheckpointStore(Path root, int keep, FileOps ops) {
        if (keep < 1) {
            throw new IllegalArgumentException("checkpoints to keep: expected 1 or more, found " + keep);
        }
        this.root = root.toAbsolutePath().normalize();
        this.keep = keep;
        this.ops = ops;
    }

    /** The folder. */
    public Path root() {
        return root;
    }

    /**
     * Rank 0 only, before any rank stages: removes what interrupted saves left and creates an empty staging folder.
     *
     * @throws CheckpointException when the folder cannot be written
     */
    public void prepare(long step) {
        if (step < 0) {
            throw new IllegalArgumentException("step: expected 0 or more, found " + step);
        }
        try {
            createRoot();
            for (Path path : list(root)) {
                if (StepFolder.isLeftover(path.getFileName().toString())) {
                    deleteTree(path);
                }
            }
            ops.createDirectories(stagingFolder(step));
        } catch (FileAlreadyExistsException e) {
            throw CheckpointException.of(Path.of(e.getFile()), "is in the way: expected a folder, found a file");
        } catch (IOException e) {
            throw CheckpointException.io("prepare step " + step, root, e);
        }
    }

    private void createRoot() throws IOException {
        Path present = root;
        while (!Files.exists(present)) {
            present = present.getParent();
        }
        ops.createDirectories(root);
        for (Path made = root; !made.equals(present); made = made.getParent()) {
            ops.syncDirectory(made.getParent());
        }
    }

    /** Every rank: the staging folder that rank 0 prepared. @throws CheckpointException when it is not there */
    public Staging stage(long step) {
        Path folder = stagingFolder(step);
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw CheckpointException.of(folder, "no staging folder: rank 0 must prepare step " + step + " first");
        }
        return new Staging(ops, folder, step);
    }

    /**
     * Rank 0 only, after every rank wrote: checks that the staging folder holds exactly the listed files, makes them the
     * checkpoint of the step, points latest at it and removes old checkpoints. A step that was published before is replaced.
     *
     * @return the published folder
     * @throws CheckpointException when files are missing, unlisted or of the wrong length, or a write fails; latest then
     *     names the previous checkpoint, or the complete new one
     */
    public Path publish(Manifest manifest) {
        Path staging = stage(manifest.step()).folder();
        try {
            StepFolders.requireExactly(staging, manifest.files());
            ManifestFile.write(ops, staging, manifest);
            ops.syncDirectory(staging);
            StepFolder target = freeFolder(manifest.step());
            Path folder = root.resolve(target.name());
            ops.move(staging, folder);
            ops.syncDirectory(root);
            pointLatestAt(target);
            removeOld(target);
            return folder;
        } catch (IOException e) {
            throw CheckpointException.io("publish step " + manifest.step(), root, e);
        }
    }

    /** The newest published checkpoint's folder, or nothing when there was no save yet. */
    public Optional<Path> latest() {
        return Files.exists(root.resolve(LATEST)) ? Optional.of(StepFolders.followLatest(root)) : Optional.empty();
    }

    private Path stagingFolder(long step) {
        return root.resolve(StepFolder.stagingName(step));
    }

    private StepFolder freeFolder(long step) throws IOException {
        int revision = 0;
        for (StepFolder folder : published()) {
            if (folder.step() == step) {
                revision = Math.max(revision, folder.revision() + 1);
            }
        }
        return new StepFolder(step, revision);
    }

    private void pointLatestAt(StepFolder target) throws IOException {
        Path aside = root.resolve(LATEST_STAGING);
        ManifestFile.writeFile(ops, aside, (target.name() + "\n").getBytes(StandardCharsets.US_ASCII));
        ops.move(aside, root.resolve(LATEST));
        ops.syncDirectory(root);
    }

    private List<StepFolder> published() throws IOException {
        List<StepFolder> folders = new ArrayList<>();
        for (Path path : list(root)) {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                StepFolder.parse(path.getFileName().toString()).ifPresent(folders::add);
            }
        }
        return folders;
    }

    /** Removes superseded revisions and all but the newest; a failure costs disk space, not the save. */
    private void removeOld(StepFolder current) {
        try {
            List<StepFolder> others = published();
            others.remove(current);
            Set<StepFolder> doomed = new HashSet<>();
            others.stream().filter(other -> other.step() == current.step()).forEach(doomed::add);
            others.removeAll(doomed);
            others.sort(Comparator.comparing(this::publishedAt)
                    .thenComparing(StepFolder::step)
                    .thenComparing(StepFolder::revision)
                    .reversed());
            others.stream().skip(keep - 1L).forEach(doomed::add);
            for (StepFolder folder : doomed) {
                Path aside = root.resolve(folder.discardedName());
                ops.move(root.resolve(folder.name()), aside);
                deleteTree(aside);
            }
        } catch (IOException e) {
            LOG.warn("{}: old checkpoints stay: {}", root, e.toString());
        }
    }

    private FileTime publishedAt(StepFolder folder) {
        try {
            return Files.getLastModifiedTime(root.resolve(folder.name()).resolve(ManifestFile.CHECKSUM_NAME));
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    private void deleteTree(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path child : list(path)) {
                deleteTree(child);
            }
        }
        ops.delete(path);
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return paths.sorted().toList();
        }
    }
}
