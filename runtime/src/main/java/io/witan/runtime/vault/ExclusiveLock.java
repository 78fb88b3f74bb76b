package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock file. The kernel lets go of it when the process dies, however it dies. A second attempt in the same JVM is
 * refused too, but costs the first its protection from other processes: POSIX drops a process's locks on a file when it
 * closes any channel to it.
 */
final class ExclusiveLock implements AutoCloseable {
    private static final long POLL_NS = 10_000_000;

    private final FileChannel channel;

    private ExclusiveLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits until the lock is free, at most the given time. */
    static ExclusiveLock acquire(Path file, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            while (!tryLock(channel)) {
                if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
                    channel.close();
                    throw new VaultException(
                            VaultException.Reason.IN_USE,
                            file + ": is held by another process (waited " + timeout.toMillis() + " ms)");
                }
                LockSupport.parkNanos(POLL_NS);
            }
            return new ExclusiveLock(channel);
        } catch (IOException e) {
            throw VaultException.io("lock", file, e);
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new VaultException(VaultException.Reason.IO, "cannot release a lock: " + e.getMessage(), e);
        }
    }
}
