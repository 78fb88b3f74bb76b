package io.witan.launcher.tensorboard;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.metrics.MetricsLine;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The event file of one start of a run. Each start makes one of its own in the same folder; where they overlap, TensorBoard shows the
 * latest start.
 */
public final class EventFile implements AutoCloseable {
    private static final double MS_PER_SECOND = 1e3;

    private final Path file;
    private final OutputStream out;

    private EventFile(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /**
     * A new file in that folder, which is made.
     *
     * @param completed steps of the run so far
     * @throws LaunchException with code OUTPUT if it cannot be written
     */
    public static EventFile create(Path folder, long completed) {
        double now = now();
        Path file = null;
        try {
            Files.createDirectories(folder);
            for (int number = 0; file == null || Files.exists(file); number++) {
                file = folder.resolve("events.out.tfevents.%010d.witan.%d".formatted((long) now, number));
            }
            EventFile events = new EventFile(file, new FileOutputStream(file.toFile()));
            events.write(EventBytes.version(now));
            events.write(EventBytes.sessionStart(now, completed + 1));
            return events;
        } catch (IOException e) {
            throw unwritable(file == null ? folder : file, e);
        }
    }

    /** @throws LaunchException with code OUTPUT if it cannot be written */
    public void append(MetricsLine line) {
        List<Scalar> scalars = Scalars.of(line);
        if (!scalars.isEmpty()) {
            write(EventBytes.scalars(now(), line.step(), scalars));
        }
    }

    private void write(byte[] record) {
        try {
            out.write(record);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static double now() {
        return System.currentTimeMillis() / MS_PER_SECOND;
    }

    private static LaunchException unwritable(Path path, IOException cause) {
        return new LaunchException(ExitCode.OUTPUT, path + ": cannot be written: " + cause, cause);
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }
}
