package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "witan",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Trains sparse mixture-of-experts models.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Exit codes: 0 ok, 2 usage, 3 environment, 4 config, 5 data, 6 checkpoint, 7 rendezvous timeout,",
            "8 peer lost, 9 wrong result, 10 out of memory, 11 output folder, 1 internal error, 128+n signal n."
        })
final class RootCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return ExitCode.USAGE.code();
    }
}
