package io.witan.launcher.doctor;

import java.nio.file.Path;
import java.util.List;

/** What was found on this machine. Sizes are in bytes. */
public record Facts(
        Platform platform,
        Storage storage,
        Sockets sockets,
        Memory memory,
        NativeProbe.Finding gpu,
        NativeProbe.Finding matrixProducts,
        NativeProbe.Finding fonts) {

    /** @param vectorModule the Vector API is part of this Java */
    public record Platform(String os, String arch, int javaFeature, String javaVersion, boolean vectorModule) {}

    /**
     * @param shm folder for shared memory
     * @param shmTotalBytes -1: there is no such folder
     * @param leftovers folders of dead runs in it
     * @param diskFreeBytes of the current folder
     */
    public record Storage(
            Path shm,
            long shmTotalBytes,
            long shmFreeBytes,
            boolean shmWritable,
            List<Path> leftovers,
            long diskFreeBytes) {
        public Storage {
            leftovers = List.copyOf(leftovers);
        }
    }

    /** Largest socket buffers that a process may ask for; -1: not known. */
    public record Sockets(long receiveMaxBytes, long sendMaxBytes) {}

    /**
     * @param cores that this process may use
     * @param totalBytes of the machine
     * @param limitBytes of the control group; Long.MAX_VALUE: none
     */
    public record Memory(int cores, long totalBytes, long limitBytes) {
        long usableBytes() {
            return Math.min(totalBytes, limitBytes);
        }
    }
}
