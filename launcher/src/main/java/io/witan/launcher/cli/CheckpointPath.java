package io.witan.launcher.cli;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder argument of the commands that read a checkpoint. */
final class CheckpointPath {
    static final String DESCRIPTION = "output folder of a run, its checkpoints folder, or one checkpoint";

    private CheckpointPath() {}

    static Path require(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new LaunchException(ExitCode.CHECKPOINT, folder + " is not a folder; expected the " + DESCRIPTION);
        }
        return folder;
    }
}
