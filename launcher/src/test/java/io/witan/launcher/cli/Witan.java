package io.witan.launcher.cli;

import io.witan.launcher.LauncherProcess;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.warm.SteadyPace;
import io.witan.runtime.metrics.MetricsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The real program, started as bin/witan starts it, with a model that is small enough for a test. */
final class Witan {
    /** Steps of the small run. */
    static final int STEPS = 20;

    private static final List<String> SMALL = settings(
            "model.d_model=32",
            "model.layers=2",
            "model.heads=2",
            "model.seq_len=32",
            "model.d_ff=48",
            "model.experts=6",
            "data.documents=300",
            "train.steps=" + STEPS,
            "train.warmup_steps=2",
            "train.global_batch=8",
            "train.eval_interval=10",
            "train.eval_batches=2",
            "sample.tokens=20");

    private Witan() {}

    static List<String> settings(String... pairs) {
        return Stream.of(pairs).flatMap(pair -> Stream.of("--set", pair)).toList();
    }

    /** {@code train} of the small run, one thread a rank. */
    static LauncherProcess train(Path folder, String... more) throws IOException {
        return start(folder, smallRun(more).toArray(String[]::new));
    }

    static List<String> smallRun(String... more) {
        List<String> words = new ArrayList<>(List.of("train", "--threads", "1"));
        words.addAll(SMALL);
        words.addAll(List.of(more));
        return words;
    }

    /** Shared memory is {@code folder/shm}. */
    static LauncherProcess start(Path folder, String... arguments) throws IOException {
        return start(folder, Map.of(), arguments);
    }

    /** The same, with spares from the first steps on. */
    static LauncherProcess startWithSpares(Path folder, String... arguments) throws IOException {
        String options = String.join(" ", compilation()) + " -D" + SteadyPace.AFTER_PROPERTY + "=0";
        return start(folder, Map.of(JvmSettings.OPTIONS_VARIABLE, options), arguments);
    }

    private static LauncherProcess start(Path folder, Map<String, String> more, String... arguments)
            throws IOException {
        List<String> command = java("-D" + JvmSettings.HOME_PROPERTY + "=" + LauncherProcess.root());
        command.addAll(List.of(arguments));
        Map<String, String> environment = new HashMap<>();
        environment.put(JvmSettings.OPTIONS_VARIABLE, String.join(" ", compilation()));
        environment.putAll(more);
        environment.put("WITAN_SHM_DIR", folder.resolve("shm").toString());
        return LauncherProcess.run(folder, environment, command);
    }

    /** C2 is for the kernels alone: these programs end before it has paid for itself elsewhere. */
    private static List<String> compilation() {
        return List.of(
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-DisplayVMOutput",
                "-XX:CompilerDirectivesFile=" + LauncherProcess.root().resolve("launcher/src/test/jvm/compile.json"));
    }

    /** The words that bin/witan puts before its arguments. */
    static List<String> java(String home) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + LauncherProcess.root().resolve("bin/jvm.options"),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xmx1g",
                home));
        command.addAll(compilation());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        return command;
    }

    /** A folder of Witan as {@code home} of a cluster file names it: its bin/witan starts the program as {@link #java} says. */
    static Path home(Path folder) throws IOException {
        Path home = Files.createDirectories(folder.resolve("home/bin")).getParent();
        Files.copy(LauncherProcess.root().resolve("bin/jvm.options"), home.resolve("bin/jvm.options"));
        String java = String.join(" ", java("-D" + JvmSettings.HOME_PROPERTY + "=" + home));
        Path program = Files.writeString(home.resolve("bin/witan"), "#!/bin/sh\nexec " + java + " \"$@\"\n");
        if (!program.toFile().setExecutable(true)) {
            throw new IOException(program + " cannot be made executable");
        }
        return home;
    }

    static MetricsReader metrics(Path run) {
        return MetricsReader.read(run.resolve("metrics.jsonl"));
    }

    /** All folders and regular files below a folder with their contents. */
    static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new java.util.TreeMap<>();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList()) {
                contents.put(
                        folder.relativize(path).toString(),
                        Files.isDirectory(path) ? "" : java.util.Arrays.hashCode(Files.readAllBytes(path)) + "");
            }
        }
        return contents;
    }
}
