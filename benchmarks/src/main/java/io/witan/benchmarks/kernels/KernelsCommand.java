package io.witan.benchmarks.kernels;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.process.JvmSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks the options and starts {@link KernelsBench} in a JVM that has the Vector API. */
@Command(
        name = "kernels",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Times the kernels of the host beside a plain matrix product and a copy, one thread each.")
public final class KernelsCommand implements Callable<Integer> {
    private static final int MOST_ROUNDS = 10_000;

    @Option(names = "--width", paramLabel = "D", description = "Model width.")
    private int width = 256;

    @Option(names = "--hidden", paramLabel = "F", description = "Expert width.")
    private int hidden = 1024;

    @Option(names = "--experts", paramLabel = "E", description = "Experts.")
    private int experts = 8;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Timed rounds, in each of which every side has its turn.")
    private int rounds = 31;

    @Override
    public Integer call() throws IOException, InterruptedException {
        check("--width", width, 1, 1 << 16);
        check("--hidden", hidden, 1, 1 << 16);
        check("--experts", experts, 1, 1 << 10);
        check("--rounds", rounds, 1, MOST_ROUNDS);
        JvmSettings java = JvmSettings.current(KernelsBench.class);
        List<String> command = new ArrayList<>(
                List.of(java.javaBinary(), "@" + java.optionsFile(), "-Xmx1g", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        command.addAll(JvmSettings.furtherOptions());
        command.addAll(List.of("-cp", java.classPath(), java.mainClass()));
        for (int argument : new int[] {width, hidden, experts, rounds}) {
            command.add(Integer.toString(argument));
        }
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new LaunchException(
                    ExitCode.USAGE, option + " is " + value + ", allowed are " + least + " to " + most);
        }
    }
}
