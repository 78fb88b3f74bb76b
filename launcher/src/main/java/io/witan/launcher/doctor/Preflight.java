package io.witan.launcher.doctor;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Path;

/** What must be right on a node before a run starts there. Cheap. */
public final class Preflight {
    /** Shared memory that a small run needs on a node. */
    public static final long DEFAULT_SHM_BYTES = 32 * Sizes.MIB;

    private Preflight() {}

    /**
     * @return bytes of shared memory that the run's ranks on this node may take for registered buffers
     * @throws LaunchException code ENVIRONMENT: what is wrong and how to mend it
     */
    public static long check(Path shm, long neededBytes) {
        Facts.Storage storage = FactsReader.storage(shm);
        judge(FactsReader.platform(), storage, neededBytes);
        return sparedBytes(storage, neededBytes);
    }

    /** Half of what is left: another run may start, and the transport's logs may grow. */
    static long sparedBytes(Facts.Storage storage, long neededBytes) {
        return Math.max(0, storage.shmFreeBytes() - neededBytes) / 2;
    }

    static void judge(Facts.Platform platform, Facts.Storage storage, long neededBytes) {
        demand(Doctor.platform(platform));
        demand(Doctor.java(platform));
        if (storage.shmTotalBytes() >= 0 && storage.shmWritable() && storage.shmFreeBytes() < neededBytes) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    storage.shm() + " has " + Sizes.text(storage.shmFreeBytes()) + " free, this run needs "
                            + Sizes.text(neededBytes) + "; to mend: mount -o remount,size=2g " + storage.shm()
                            + " (docker run --shm-size=2g), or set WITAN_SHM_DIR to another memory folder");
        }
        if (storage.shmTotalBytes() < 0 || !storage.shmWritable()) {
            demand(Doctor.sharedMemory(storage));
        }
    }

    private static void demand(Check check) {
        if (check.status() == Check.Status.FAIL) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT, check.name() + ": " + check.found() + "; to mend: " + check.mend());
        }
    }
}
