package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;

/** Runs a command line. A user's mistake is one line on stderr and its exit code. */
public final class Launcher {
    private Launcher() {}

    /** @return the exit code for the process */
    public static int run(String[] arguments, Composition composition) {
        System.setProperty("java.awt.headless", "true");
        return commandLine(composition).execute(arguments);
    }

    static CommandLine commandLine(Composition composition) {
        CommandLine line = new CommandLine(new RootCommand());
        composition.training().ifPresent(training -> {
            line.addSubcommand(new TrainCommand(composition, training));
            line.addSubcommand(new AgentCommand(composition, training));
            line.addSubcommand(new RankCommand(composition, training));
            line.addSubcommand(new SpareCommand(composition, training));
        });
        composition.commands().forEach(line::addSubcommand);
        line.addSubcommand(new DoctorCommand());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler((error, _) -> usageError(error));
        line.setExecutionExceptionHandler((error, _, _) -> report(error, composition));
        return line;
    }

    private static int usageError(CommandLine.ParameterException error) {
        String command = error.getCommandLine().getCommandSpec().qualifiedName();
        String message = String.valueOf(error.getMessage()).lines().findFirst().orElse("bad command line");
        System.err.println(command + ": " + message + suggestion(error) + "; see " + command + " --help");
        return ExitCode.USAGE.code();
    }

    private static String suggestion(CommandLine.ParameterException error) {
        if (error instanceof CommandLine.UnmatchedArgumentException unmatched) {
            List<String> near = unmatched.getSuggestions();
            return near.isEmpty() ? "" : "; did you mean " + near.getFirst() + "?";
        }
        return "";
    }

    private static int report(Exception error, Composition composition) {
        Failure failure = Failure.of(error, composition.rules());
        String where = failure.trace().isEmpty() ? "" : " (stack trace in " + store(failure.trace()) + ")";
        System.err.println("witan: " + failure.line() + where);
        return failure.code().code();
    }

    private static String store(String trace) {
        try {
            Path file = Files.createTempFile("witan-error-", ".log");
            Files.writeString(file, trace);
            return file.toString();
        } catch (IOException _) {
            System.err.println(trace);
            return "the lines above";
        }
    }
}
