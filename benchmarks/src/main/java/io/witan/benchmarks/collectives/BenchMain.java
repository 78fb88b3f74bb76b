package io.witan.benchmarks.collectives;

import io.witan.benchmarks.gpu.GpuCommand;
import io.witan.benchmarks.kernels.KernelsCommand;
import io.witan.benchmarks.pieces.PiecesCommand;
import io.witan.launcher.Composition.AgentWords;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code bin/witan bench}. A user's mistake is one line on stderr and its exit code. */
public final class BenchMain {
    private static final int HELP_COLUMNS = 110;

    private BenchMain() {}

    /** Without operation: prints its usage. */
    @Command(
            name = "witan bench",
            mixinStandardHelpOptions = true,
            description = "Measures parts of Witan on this machine or on several.")
    static final class Bench {}

    /** @param arguments the words after {@code bench}, or those that start a rank */
    public static void main(String[] arguments) {
        System.exit(run(arguments, BenchMain.class, home -> List.of(home + "/bin/witan", "bench", "agent")));
    }

    /**
     * @param mainClass its main passes its arguments to this; ranks are started by it
     * @param agentWords start the agent of another host
     * @return the exit code
     */
    static int run(String[] arguments, Class<?> mainClass, AgentWords agentWords) {
        boolean isRank = arguments.length > 0 && arguments[0].equals("rank");
        return isRank ? BenchRank.main() : commandLine(mainClass, agentWords).execute(arguments);
    }

    private static CommandLine commandLine(Class<?> mainClass, AgentWords agentWords) {
        CommandLine line = new CommandLine(new Bench());
        line.addSubcommand(new CollectivesCommand(mainClass, agentWords));
        line.addSubcommand(new BenchAgentCommand(mainClass));
        line.addSubcommand(new PiecesCommand());
        line.addSubcommand(new KernelsCommand());
        line.addSubcommand(new GpuCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpWidth(HELP_COLUMNS);
        line.setParameterExceptionHandler((error, _) -> {
            String message =
                    String.valueOf(error.getMessage()).lines().findFirst().orElse("bad command line");
            System.err.println("witan bench: " + message + "; see bin/witan bench collectives --help");
            return ExitCode.USAGE.code();
        });
        line.setExecutionExceptionHandler((error, _, _) -> {
            Failure failure = Failure.of(error, List.of());
            System.err.println("witan: " + failure.line());
            System.err.print(failure.trace());
            return failure.code().code();
        });
        return line;
    }
}
