package io.witan.launcher.process;

import io.witan.launcher.message.Channel;
import io.witan.launcher.message.ProgressLine;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A rank's log file, flushed line by line, and its last lines. Thread-safe. A full disk does not stop the rank. */
final class RankLog implements Closeable {
    private static final int LAST_LINES = 12;

    private final Path file;
    private final BufferedWriter writer;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private IOException broken;

    private RankLog(Path file, BufferedWriter writer) {
        this.file = file;
        this.writer = writer;
    }

    /** Appends, so that a resumed run keeps what the first one said. */
    static RankLog open(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return new RankLog(
                file,
                Files.newBufferedWriter(
                        file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    Path file() {
        return file;
    }

    synchronized void add(Channel channel, String text) {
        if (channel != Channel.PROGRESS && channel != Channel.LOG && channel != Channel.RESULT) {
            if (lastLines.size() == LAST_LINES) {
                lastLines.removeFirst();
            }
            lastLines.addLast(text);
        }
        if (broken != null) {
            return;
        }
        try {
            writer.write(channel == Channel.PROGRESS ? ProgressLine.decode(text).text() : text);
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            broken = e;
        }
    }

    synchronized List<String> lastLines() {
        return List.copyOf(lastLines);
    }

    /** True if the JVM said that it ends because the heap is exhausted. */
    synchronized boolean saysOutOfMemory() {
        return lastLines.stream().anyMatch(line -> line.startsWith("Terminating due to java.lang.OutOfMemoryError"));
    }

    @Override
    public synchronized void close() {
        try {
            writer.close();
        } catch (IOException e) {
            broken = e;
        }
    }

    /** Why the file lacks lines; null: it does not. */
    synchronized IOException broken() {
        return broken;
    }
}
