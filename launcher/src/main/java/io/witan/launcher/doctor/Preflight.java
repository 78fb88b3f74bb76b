package io.witan.launcher.doctor;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Path;

/** What must be right on a node before a run starts there. Cheap. */
public final class Preflight {
    /** Shared memory that a small run needs on a node. */
    public static final long DEFAULT_SHM_BYTES = 64 * Sizes.MIB;

    private Preflight() {}

    /** @throws LaunchException code ENVIRONMENT: what is wrong and how to mend it */
    public static void check(Path shm, long neededBytes) {
        judge(FactsReader.platform(), FactsReader.storage(shm), neededBytes);
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
