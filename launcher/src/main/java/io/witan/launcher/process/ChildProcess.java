package io.witan.launcher.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A process with open pipes. Its stdin stays open for as long as this process lives: at its end the child ends itself, so that none
 * outlives its agent, even one killed by SIGKILL. Thread-safe.
 */
final class ChildProcess {
    private final Process process;
    private final String name;
    private final OutputStream stdin;
    private final ExecutorService orders;
    private volatile Consumer<String> out;
    private volatile Consumer<String> err;
    private Thread outPump;
    private Thread errPump;

    private ChildProcess(Process process, String name) {
        this.process = process;
        this.name = name;
        this.stdin = process.getOutputStream();
        this.orders = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name(name + "-orders").factory());
    }

    /** @param name of its threads */
    static ChildProcess start(List<String> command, String name) throws IOException {
        return new ChildProcess(new ProcessBuilder(command).start(), name);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** From now on its lines go there; those before the first call wait for it. */
    synchronized void listen(Consumer<String> outLines, Consumer<String> errLines) {
        out = outLines;
        err = errLines;
        if (outPump == null) {
            outPump = follow("out", () -> new LinePump(process.getInputStream(), line -> out.accept(line)).run());
            errPump = follow("err", () -> new LinePump(process.getErrorStream(), line -> err.accept(line)).run());
        }
    }

    /** Runs something on a thread of this process's name. */
    Thread follow(String what, Runnable body) {
        return Thread.ofPlatform().daemon().name(name + "-" + what).start(body);
    }

    /** Writes a line, after those before it; does not wait for a process that does not read. */
    void send(String line) {
        orders.execute(() -> {
            try {
                stdin.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                stdin.flush();
            } catch (IOException _) {
                // It died already; its exit says so.
            }
        });
    }

    /** Waits for its end; its exit code. */
    int await() throws InterruptedException {
        return process.waitFor();
    }

    /** After its end: waits until all that it wrote has come. @param most for each pipe, which a child of its own may still hold */
    void drain(Duration most) throws InterruptedException {
        outPump.join(most);
        errPump.join(most);
    }

    /** Nothing is sent any more. */
    void hangUp() {
        orders.shutdownNow();
    }

    /** SIGTERM. By its handle: Process.destroy would close the streams too, and lose its last words. */
    void stop() {
        process.toHandle().destroy();
    }

    /** SIGKILL to it and all that it started. */
    void kill() {
        List<ProcessHandle> children;
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            children = descendants.toList();
        }
        process.toHandle().destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
