package io.witan.launcher.cli;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.supervise.TerminalStyle;
import io.witan.launcher.top.RunEndpoint;
import io.witan.launcher.top.RunFolder;
import io.witan.launcher.top.RunSource;
import io.witan.launcher.top.Screen;
import io.witan.models.Recipes;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigSource;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows a run while it goes on. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows a run as a table with a line a rank, anew each second (docs/observing.md). It only reads.")
final class TopCommand implements Callable<Integer> {
    private static final Path PARENT = Path.of("runs");
    private static final int MAX_PORT = 65_535;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            arity = "0..1",
            description = "output folder of a run (default: the one in runs that was started last)")
    private Path folder;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "ask the run with --metrics-port N on this machine instead")
    private Integer port;

    @Option(names = "--once", description = "print one table and end")
    private boolean once;

    @Override
    public Integer call() throws InterruptedException {
        if (port != null && folder != null) {
            throw new ParameterException(spec.commandLine(), "DIR and --port exclude each other");
        }
        if (port != null && (port < 1 || port > MAX_PORT)) {
            throw new ParameterException(
                    spec.commandLine(), "--port must be a whole number from 1 to " + MAX_PORT + ", got " + port);
        }
        RunSource source = port == null ? ofFolder() : new RunEndpoint(port);
        Screen screen = new Screen(System.out, System.in, TerminalStyle.detect());
        if (once) {
            screen.once(source.view());
        } else {
            screen.show(source);
        }
        return ExitCode.OK.code();
    }

    private RunSource ofFolder() {
        Path run = folder != null
                ? folder
                : RunFolder.newest(PARENT)
                        .orElseThrow(() -> new LaunchException(
                                ExitCode.CHECKPOINT, "no run in " + PARENT + "; name its output folder, or --port"));
        return new RunFolder(run, steps(run.resolve(OutputFolder.CONFIG)));
    }

    /** Of the run; 0 if that is not to be found out. */
    private static long steps(Path config) {
        try {
            return Recipes.bind(ConfigSource.file(config).load()).train().steps();
        } catch (ConfigException _) {
            return 0;
        }
    }
}
