package io.witan.benchmarks.collectives;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A benchmark that runs, with its shared memory and temporary files in a folder of its own. */
final class BenchProcess implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 120;
    private static final String END = "";

    private final Path folder;
    private final Process process;
    private final BlockingQueue<String> fresh = new LinkedBlockingQueue<>();
    private final List<String> out = new ArrayList<>();

    private BenchProcess(Path folder, Process process) {
        this.folder = folder;
        this.process = process;
    }

    /** {@code bench collectives} with these words. */
    static BenchProcess start(Path folder, String... words) throws IOException {
        Path shared = Files.createDirectories(folder.resolve("shm"));
        Path temporary = Files.createDirectories(folder.resolve("tmp"));
        List<String> all = new ArrayList<>(List.of("collectives"));
        all.addAll(Arrays.asList(words));
        ProcessBuilder builder = new ProcessBuilder(TestBench.command(all.toArray(String[]::new)))
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("WITAN_SHM_DIR", shared.toString());
        builder.environment().put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
        BenchProcess started = new BenchProcess(folder, builder.start());
        Thread.ofPlatform().daemon().start(started::read);
        return started;
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines().forEach(fresh::add);
        } catch (IOException closed) {
            fresh.add(closed.toString());
        }
        fresh.add(END);
    }

    /** Waits for a line of stdout that starts so; the line. */
    String await(String start) throws Exception {
        while (true) {
            String line = next();
            if (line.startsWith(start)) {
                return line;
            }
            if (line.equals(END)) {
                throw new AssertionError("no line starts with \"" + start + "\": " + out + errors());
            }
        }
    }

    /** Waits for its end. */
    int exitCode() throws Exception {
        while (!next().equals(END)) {
            continue;
        }
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running: " + errors());
        }
        return process.exitValue();
    }

    private String next() throws Exception {
        String line = fresh.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no line for " + TIMEOUT_SECONDS + " s after " + out + errors());
        }
        out.add(line);
        return line;
    }

    /** Process of a rank, from the header. */
    ProcessHandle rank(int rank) throws Exception {
        String line = await("# rank " + rank + " pid ");
        return ProcessHandle.of(Long.parseLong(line.split(" ")[4])).orElseThrow();
    }

    Process process() {
        return process;
    }

    String output() {
        return String.join("\n", out);
    }

    /** Without the JVM's own notes. */
    String errors() throws IOException {
        return String.join(
                "\n",
                Files.readAllLines(folder.resolve("err")).stream()
                        .filter(line -> !line.contains("WARNING: Using incubator modules")
                                && !line.contains("Picked up JAVA_TOOL_OPTIONS"))
                        .toList());
    }

    /** What it left in shared memory. */
    List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("shm"))) {
            return files.toList();
        }
    }

    /** What it left in its temporary folder. */
    List<Path> temporary() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("tmp"))) {
            return files.toList();
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
