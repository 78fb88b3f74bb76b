package io.witan.launcher.cli;

import io.witan.launcher.flight.FlightReport;
import io.witan.models.RunStorage;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.train.TrainingCheckpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what a checkpoint holds, and of a run that failed where its ranks were. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows what a checkpoint holds and whether its files are whole.",
            "Of a run that failed first which rank was at which collective operation, and who had not arrived (docs/observing.md)."
        })
final class InspectCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = CheckpointPath.DESCRIPTION)
    private Path folder;

    @Option(names = "--config", description = "print the configuration of the run too")
    private boolean config;

    @Override
    public Integer call() {
        List<String> flight = FlightReport.lines(CheckpointPath.require(folder));
        flight.forEach(System.out::println);
        Path checkpoints = RunStorage.checkpoints(folder);
        if (!flight.isEmpty() && TrainingCheckpoint.newestStep(checkpoints) < 0) {
            return 0;
        }
        try (Checkpoint checkpoint = Checkpoint.open(checkpoints)) {
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
