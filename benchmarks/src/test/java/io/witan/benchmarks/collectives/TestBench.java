package io.witan.benchmarks.collectives;

import io.witan.launcher.process.JvmSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program behind {@code bin/witan bench}, started from the classes under test also on other hosts. */
final class TestBench {
    private TestBench() {}

    public static void main(String[] arguments) {
        System.exit(BenchMain.run(arguments, TestBench.class, _ -> command("agent")));
    }

    /** The words that bin/witan puts before its arguments, and those. */
    static List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + root().resolve("bin/jvm.options"),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-D" + JvmSettings.HOME_PROPERTY + "=" + root(),
                "-cp",
                System.getProperty("java.class.path"),
                TestBench.class.getName()));
        command.addAll(List.of(words));
        return command;
    }

    static Path root() {
        String home = System.getProperty(JvmSettings.HOME_PROPERTY);
        Path folder = home == null ? Path.of("").toAbsolutePath() : Path.of(home);
        while (!Files.exists(folder.resolve("bin/jvm.options"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
