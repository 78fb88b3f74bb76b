package io.witan.runtime.metrics;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Appends metrics to a file, each line with one write to the operating system, so that a reader beside the run never sees
 * half a line and a killed process loses none. Safe on any thread. One log a file, in one process.
 */
public final class MetricsLog implements AutoCloseable {
    private final Path path;
    private final OutputStream out;

    private MetricsLog(Path path, OutputStream out) {
        this.path = path;
        this.out = out;
    }

    /**
     * A log in a new file; folders above it are made.
     *
     * @throws MetricsException if the file is there already, or cannot be written
     */
    public static MetricsLog create(Path path) {
        try {
            makeFolder(path);
            Files.createFile(path);
            return new MetricsLog(path, appender(path));
        } catch (FileAlreadyExistsException e) {
            throw new MetricsException(path + ": is there already and is not overwritten");
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /**
     * A log that goes on in the file of the run that is resumed. Lines after {@code lastStep} are dropped: the file is replaced
     * by one without them in one atomic move, so that it is never seen half cut. A file that is not there is made.
     *
     * @param lastStep the last step whose lines stay
     * @throws MetricsException if the file cannot be read or written, or holds a broken line
     */
    public static MetricsLog resume(Path path, long lastStep) {
        return resume(path, lastStep, false);
    }

    /**
     * As {@link #resume(Path, long)}.
     *
     * @param owed the evaluation of the last step comes again, and the line that its phase begins: those of it are dropped too
     */
    public static MetricsLog resume(Path path, long lastStep, boolean owed) {
        if (!Files.exists(path)) {
            return create(path);
        }
        StringBuilder kept = new StringBuilder();
        for (MetricsFile.Line line : MetricsFile.read(path)) {
            boolean again = owed
                    && line.step() == lastStep
                    && (line.json().has("val_loss")
                            || line.json().has("task_val_loss")
                            || line.json().has("phase_steps"));
            if (line.step() <= lastStep && !again) {
                kept.append(line.text()).append('\n');
            }
        }
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try {
            try (FileOutputStream partOut = new FileOutputStream(part.toFile())) {
                partOut.write(kept.toString().getBytes(StandardCharsets.UTF_8));
                partOut.getFD().sync();
            }
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
            return new MetricsLog(path, appender(path));
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /** @throws MetricsException if the line cannot be written (the disk is full, or the log is closed) */
    public synchronized void append(MetricsLine line) {
        try {
            out.write((MetricsJson.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw unwritable(path, e);
        }
    }

    /** Not a channel: an interrupt of the writing thread would close that. */
    private static OutputStream appender(Path path) throws IOException {
        return new FileOutputStream(path.toFile(), true);
    }

    private static void makeFolder(Path path) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
    }

    private static MetricsException unwritable(Path path, IOException cause) {
        String reason = cause instanceof NoSuchFileException || cause.getMessage() == null
                ? cause.toString()
                : cause.getMessage();
        return new MetricsException(path + ": cannot be written: " + reason);
    }
}
