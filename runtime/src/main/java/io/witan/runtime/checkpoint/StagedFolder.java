package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A folder that is written beside its place, as {@code .NAME.new}, and takes its name when it is whole. Closed before that, nothing of it stays.
 */
public final class StagedFolder implements AutoCloseable {
    private final Path target;
    private final Path folder;
    private boolean published;

    private StagedFolder(Path target, Path folder) {
        this.target = target;
        this.folder = folder;
    }

    /** @throws CheckpointException if something is there already, or the folder cannot be made */
    public static StagedFolder of(Path to) {
        Path target = to.toAbsolutePath().normalize();
        if (target.getFileName() == null || Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw CheckpointException.of(to, "exists; choose another folder to write to");
        }
        Path folder = target.resolveSibling("." + target.getFileName() + ".new");
        StagedFolder staged = new StagedFolder(target, folder);
        try {
            staged.delete();
            Files.createDirectories(folder);
            return staged;
        } catch (IOException e) {
            throw CheckpointException.io("write", folder, e);
        }
    }

    /** Where to write. */
    public Path folder() {
        return folder;
    }

    /** Where it will be. */
    public Path target() {
        return target;
    }

    public void write(String name, byte[] bytes) {
        Path file = folder.resolve(name);
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw CheckpointException.io("write", file, e);
        }
    }

    /** Copies a file if it is there. */
    public void copyIfThere(Path from, String name) {
        if (!Files.isRegularFile(from)) {
            return;
        }
        try {
            write(name, Files.readAllBytes(from));
        } catch (IOException e) {
            throw CheckpointException.io("read", from, e);
        }
    }

    /** Makes all files durable, and gives the folder its name. */
    public void publish() {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.force(true);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
            Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
            published = true;
        } catch (IOException e) {
            throw CheckpointException.io("write", target, e);
        }
    }

    private void delete() throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public void close() {
        if (published) {
            return;
        }
        try {
            delete();
        } catch (IOException e) {
            throw CheckpointException.io("remove", folder, e);
        }
    }
}
