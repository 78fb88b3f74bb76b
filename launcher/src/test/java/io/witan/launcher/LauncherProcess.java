package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.process.JvmSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** A {@link TestLauncher} or other program in a process of its own, with its output. Ends with the test. */
public final class LauncherProcess implements AutoCloseable {
    private static final long DEADLINE_S = 600;

    private final Process process;
    private final List<String> out = new ArrayList<>();
    private final List<String> err = new ArrayList<>();
    private final Thread outReader;
    private final Thread errReader;

    private LauncherProcess(Process process) {
        this.process = process;
        outReader = reader(process.getInputStream(), out);
        errReader = reader(process.getErrorStream(), err);
    }

    /** Starts TestLauncher in the folder, with its shared memory in {@code folder/shm}. */
    static LauncherProcess start(Path folder, String... arguments) throws IOException {
        return run(folder, Map.of("WITAN_SHM_DIR", folder.resolve("shm").toString()), command(arguments));
    }

    /** Starts a command in the folder; short compilation for it and its ranks, unless the environment says otherwise. */
    public static LauncherProcess run(Path folder, Map<String, String> environment, List<String> command)
            throws IOException {
        folder.resolve("shm").toFile().mkdirs();
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put(JvmSettings.OPTIONS_VARIABLE, "-XX:TieredStopAtLevel=1");
        builder.environment().putAll(environment);
        return new LauncherProcess(builder.start());
    }

    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-D" + JvmSettings.HOME_PROPERTY + "=" + root(),
                "-cp",
                System.getProperty("java.class.path"),
                TestLauncher.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The folder of the source tree. */
    public static Path root() {
        return Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    }

    private static Thread reader(InputStream in, List<String> lines) {
        return Thread.ofPlatform().daemon().start(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    synchronized (lines) {
                        lines.add(line);
                        lines.notifyAll();
                    }
                }
            } catch (IOException _) {
                // The process was killed.
            }
        });
    }

    /** Waits until stdout has so many lines that match. */
    public void awaitOut(int count, Predicate<String> match) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        synchronized (out) {
            while (out.stream().filter(match).count() < count) {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                assertThat(leftMs).as("output so far: %s %s", out, err).isPositive();
                try {
                    out.wait(leftMs);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    public void signal(String name) {
        signal(process.pid(), name);
    }

    public static void signal(long pid, String name) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for the end. */
    public int exitCode() throws InterruptedException {
        return exitCode(DEADLINE_S);
    }

    /** The same of a process that takes longer. */
    public int exitCode(long deadlineS) throws InterruptedException {
        boolean ended = process.waitFor(deadlineS, TimeUnit.SECONDS);
        assertThat(ended)
                .as("ended within %s s; output: %s %s", deadlineS, out(), err())
                .isTrue();
        outReader.join(TimeUnit.SECONDS.toMillis(DEADLINE_S));
        errReader.join(TimeUnit.SECONDS.toMillis(DEADLINE_S));
        return process.exitValue();
    }

    /** Lines of stdout up to now. */
    public List<String> out() {
        synchronized (out) {
            return List.copyOf(out);
        }
    }

    /** Lines of stderr up to now. */
    public List<String> err() {
        synchronized (err) {
            return List.copyOf(err);
        }
    }

    public Process process() {
        return process;
    }

    /** Polls a condition that another process brings about. */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    public static boolean alive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
