package io.witan.benchmarks.collectives;

import io.witan.benchmarks.pieces.PiecesCommand;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code bin/witan bench}. A user's mistake is one line on stderr and its exit code. */
public final class BenchMain {
    private BenchMain() {}

    /** Without operation: prints its usage. */
    @Command(
            name = "witan bench",
            mixinStandardHelpOptions = true,
            subcommands = CollectivesCommand.class,
            description = "Measures parts of Witan on this machine.")
    static final class Bench {}

    /** @param arguments the words after {@code bench}, or those that start a rank */
    public static void main(String[] arguments) {
        boolean isRank = arguments.length > 0 && arguments[0].equals("rank");
        System.exit(isRank ? BenchRank.main(arguments) : commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Bench());
        line.addSubcommand(new PiecesCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
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
