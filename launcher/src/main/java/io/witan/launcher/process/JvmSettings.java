package io.witan.launcher.process;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a further JVM of this program is started: the same Java, class path and options file as this one.
 *
 * @param home folder of Witan, which holds bin/jvm.options
 * @param mainClass class whose main understands {@code rank N}
 */
public record JvmSettings(Path home, String javaBinary, String classPath, String mainClass) {
    /** System property, set by bin/witan: the folder of Witan. */
    public static final String HOME_PROPERTY = "witan.home";

    /** Environment variable: further JVM options, for the launcher and the ranks. */
    public static final String OPTIONS_VARIABLE = "WITAN_JAVA_OPTS";

    /** @throws LaunchException code ENVIRONMENT if the options file is not where bin/witan said */
    public static JvmSettings current(Class<?> mainClass) {
        String home = System.getProperty(HOME_PROPERTY, "");
        if (home.isEmpty() || !Files.isReadable(Path.of(home, "bin", "jvm.options"))) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "bin/jvm.options not found under " + (home.isEmpty() ? "-Dwitan.home (not set)" : home)
                            + "; start Witan with bin/witan");
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new JvmSettings(
                Path.of(home).toAbsolutePath(), java, System.getProperty("java.class.path"), mainClass.getName());
    }

    /** The options file that all JVMs share. */
    public Path optionsFile() {
        return home.resolve("bin").resolve("jvm.options");
    }

    /** The words of {@link #OPTIONS_VARIABLE}. */
    public static List<String> furtherOptions() {
        String more = System.getenv(OPTIONS_VARIABLE);
        return more == null || more.isBlank() ? List.of() : List.of(more.strip().split("\\s+"));
    }

    /**
     * The command line of a rank. One serial collector: a rank's data lives off the heap, and collector threads would
     * take cores from the compute threads. No perf data file: nothing is left in the temporary folder.
     */
    public List<String> rankCommand(int rank, String heap, Path logFolder) {
        return command("rank-" + rank, heap, logFolder, List.of("rank", Integer.toString(rank)));
    }

    /** That of a spare, which may be a rank later. @param name for the process list */
    public List<String> spareCommand(String name, String heap, Path logFolder) {
        return command(name, heap, logFolder, List.of("spare", name));
    }

    private List<String> command(String name, String heap, Path logFolder, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                javaBinary,
                "@" + optionsFile(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData",
                "-XX:ErrorFile=" + logFolder.resolve("crash-" + name + ".log"),
                "-D" + HOME_PROPERTY + "=" + home));
        command.addAll(furtherOptions());
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        return command;
    }
}
