package io.witan.launcher.cli;

import io.witan.models.RunStorage;
import io.witan.runtime.checkpoint.Checkpoint;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what a checkpoint holds. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows what a checkpoint holds and whether its files are whole.")
final class InspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = CheckpointPath.DESCRIPTION)
    private Path folder;

    @Option(names = "--config", description = "print the configuration of the run too")
    private boolean config;

    @Override
    public Integer call() {
        try (Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(CheckpointPath.require(folder)))) {
            checkpoint.summary().lines().forEach(System.out::println);
            checkpoint.verify();
            System.out.println("all files match their checksums");
            if (config) {
                System.out.println();
                System.out.print(checkpoint.manifest().config());
            }
        }
        return 0;
    }
}
