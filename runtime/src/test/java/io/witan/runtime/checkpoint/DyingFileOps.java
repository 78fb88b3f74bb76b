package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A disk whose process dies before its n-th operation; a write that dies has written half. After {@link #losePower} the
 * disk also forgets what was not synced: contents of files not forced, and folder entries of folders not synced.
 */
final class DyingFileOps implements FileOps {
    /** The simulated death; no code catches it. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    private interface Undo {
        void run() throws IOException;
    }

    private record Change(Path folder, boolean isRename, Undo undo) {}

    private final FileOps disk = new DiskFileOps();
    private final Deque<Change> unsynced = new ArrayDeque<>();
    private final Set<Path> unforced = new LinkedHashSet<>();
    private final boolean staysAlive;
    private int operationsLeft;

    private DyingFileOps(int operationsLeft, boolean staysAlive) {
        this.operationsLeft = operationsLeft;
        this.staysAlive = staysAlive;
    }

    static DyingFileOps killedAt(int operation) {
        return new DyingFileOps(operation, false);
    }

    /** Never dies, and saves the time of real syncs. */
    static DyingFileOps immortal() {
        return new DyingFileOps(Integer.MAX_VALUE, false);
    }

    /** A disk that is full for one operation; the process goes on. */
    static DyingFileOps fullAt(int operation) {
        return new DyingFileOps(operation, true);
    }

    boolean reached() {
        return operationsLeft < 0;
    }

    private void step() throws IOException {
        operationsLeft--;
        if (staysAlive && operationsLeft == -1) {
            throw new IOException("No space left on device");
        }
        if (!staysAlive && operationsLeft < 0) {
            throw new Killed();
        }
    }

    /** What a power cut takes, besides the contents of files not forced. */
    enum Loss {
        NO_POWER_CUT,
        ALL_UNSYNCED_NAMES,
        /** The disk wrote later changes first. */
        OLDEST_UNSYNCED_RENAME
    }

    void losePower(Loss loss) {
        if (loss == Loss.NO_POWER_CUT) {
            return;
        }
        try {
            for (Path file : unforced) {
                if (Files.exists(file)) {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(0);
                    }
                }
            }
            if (loss == Loss.OLDEST_UNSYNCED_RENAME) {
                unsynced.removeIf(change -> !change.isRename());
                while (unsynced.size() > 1) {
                    unsynced.pop();
                }
            }
            while (!unsynced.isEmpty()) {
                unsynced.pop().undo().run();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files keep their lack of a sync under their new name. */
    private void renameUnforced(Path from, Path to) {
        List<Path> moved =
                unforced.stream().filter(file -> file.startsWith(from)).toList();
        unforced.removeAll(moved);
        for (Path file : moved) {
            unforced.add(file.equals(from) ? to : to.resolve(from.relativize(file)));
        }
    }

    /** A folder whose entry is lost takes its contents with it, synced or not. */
    private static void forget(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Override
    public void createDirectories(Path folder) throws IOException {
        step();
        Path absent = folder;
        Deque<Path> made = new ArrayDeque<>();
        while (!Files.exists(absent)) {
            made.push(absent);
            absent = absent.getParent();
        }
        disk.createDirectories(folder);
        for (Path path : made) {
            unsynced.push(new Change(path.getParent(), false, () -> forget(path)));
        }
    }

    @Override
    public Output create(Path file) throws IOException {
        step();
        boolean isNew = !Files.exists(file);
        Output out = disk.create(file);
        unforced.add(file);
        if (isNew) {
            unsynced.push(new Change(file.getParent(), false, () -> Files.deleteIfExists(file)));
        }
        return new DyingOutput(file, out);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        step();
        byte[] replaced = Files.isRegularFile(to) ? Files.readAllBytes(to) : null;
        disk.move(from, to);
        unforced.remove(to);
        renameUnforced(from, to);
        unsynced.push(new Change(to.getParent(), true, () -> {
            if (!Files.exists(to)) {
                return;
            }
            Files.move(to, from);
            if (replaced != null) {
                Files.write(to, replaced);
            }
        }));
    }

    @Override
    public void delete(Path path) throws IOException {
        step();
        byte[] contents = Files.isRegularFile(path) ? Files.readAllBytes(path) : null;
        disk.delete(path);
        unforced.remove(path);
        unsynced.push(new Change(path.getParent(), false, () -> {
            if (contents == null) {
                Files.createDirectory(path);
            } else {
                Files.write(path, contents);
            }
        }));
    }

    @Override
    public void syncDirectory(Path folder) throws IOException {
        step();
        unsynced.removeIf(change -> change.folder().equals(folder));
    }

    private final class DyingOutput implements Output {
        private final Path file;
        private final Output out;

        DyingOutput(Path file, Output out) {
            this.file = file;
            this.out = out;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            try {
                step();
            } catch (Killed killed) {
                out.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
                throw killed;
            }
            out.write(bytes);
        }

        @Override
        public void force() throws IOException {
            step();
            unforced.remove(file);
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
