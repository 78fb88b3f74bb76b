package io.witan.benchmarks.gpu;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.process.JvmSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks the options and starts {@link GpuBench} in a JVM that has the Vector API. */
@Command(
        name = "gpu",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Times the CUDA kernels by the GPU's own clock; results are checked first.")
public final class GpuCommand implements Callable<Integer> {
    private static final double MOST_SECONDS = 60;

    @Option(names = "--gpu", paramLabel = "N", description = "Number of the GPU.")
    private int gpu;

    @Option(
            names = "--shapes",
            paramLabel = "FILE",
            description = "What to time; without: benchmarks/gpu/shapes.txt of Witan's folder.")
    private Path shapes;

    @Option(names = "--seconds", paramLabel = "S", description = "How long an operation is called, about.")
    private double seconds = 0.2;

    @Option(names = "--json", paramLabel = "FILE", description = "Rows as JSON lines, appended.")
    private Path json = Path.of("/dev/null");

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
            throw new LaunchException(
                    ExitCode.USAGE,
                    String.format(Locale.ROOT, "--seconds is %s, allowed are those up to %.0f", seconds, MOST_SECONDS));
        }
        JvmSettings java = JvmSettings.current(GpuBench.class);
        Path file = shapes == null ? java.home().resolve("benchmarks/gpu/shapes.txt") : shapes;
        if (!Files.isReadable(file)) {
            throw new LaunchException(ExitCode.USAGE, "--shapes " + file + " cannot be read");
        }
        List<String> command = new ArrayList<>(
                List.of(java.javaBinary(), "@" + java.optionsFile(), "-Xmx2g", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        command.addAll(JvmSettings.furtherOptions());
        command.addAll(List.of("-cp", java.classPath(), java.mainClass()));
        command.addAll(List.of(Integer.toString(gpu), file.toString(), Double.toString(seconds), json.toString()));
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
