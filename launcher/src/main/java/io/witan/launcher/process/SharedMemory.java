package io.witan.launcher.process;

import io.witan.collectives.RunDirectory;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.file.Path;

/** Where the runs of this node keep their shared memory. */
public final class SharedMemory {
    /** Environment variable: another folder than /dev/shm. */
    public static final String FOLDER_VARIABLE = "WITAN_SHM_DIR";

    private SharedMemory() {}

    /** The folder of all runs. */
    public static Path parent() {
        String chosen = System.getenv(FOLDER_VARIABLE);
        return Path.of(chosen == null || chosen.isBlank() ? "/dev/shm" : chosen);
    }

    /**
     * Makes the folder of one run, which this process owns.
     *
     * @param runId in hexadecimal digits
     * @throws LaunchException code ENVIRONMENT if it cannot be made
     */
    public static RunDirectory create(Path parent, String runId) {
        Path folder = RunDirectory.named(parent, Long.parseUnsignedLong(runId, 16));
        try {
            return RunDirectory.create(folder);
        } catch (IOException e) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "cannot make " + folder + ": " + e + "; set " + FOLDER_VARIABLE + " to a writable memory folder",
                    e);
        }
    }
}
