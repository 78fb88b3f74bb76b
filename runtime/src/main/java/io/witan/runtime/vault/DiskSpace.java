package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Takes disk space for real before a file is mapped: a store to a mapped hole on a full disk would kill the JVM with
 * SIGBUS.
 */
final class DiskSpace {
    private static final int CHUNK_BYTES = 4 << 20;

    private DiskSpace() {}

    static void require(Path folder, long bytes) {
        try {
            long usable = Files.getFileStore(folder).getUsableSpace();
            if (usable < bytes) {
                throw new VaultException(
                        VaultException.Reason.SPACE,
                        folder + ": not enough space: needed " + bytes + " bytes, usable " + usable
                                + "; free some, or set checkpoint.vault to false");
            }
        } catch (IOException e) {
            throw VaultException.io("ask the free space of", folder, e);
        }
    }

    /**
     * Writes zeros from the start of the file, page by page, creating it if need be. A file system may keep in one piece
     * what one write brings (ext4: up to 2 MB), and where access to memory is sampled all pages of a piece are marked as
     * unused for one sample: a guest with shadow page tables then takes a fault of the host at the next touch of each. A
     * vault that was filled in large writes is written at 0.8 GB/s there, one that was filled page by page at 13.
     */
    static void fillWithZeros(Path file, long bytes) {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(MappedPages.PAGE_BYTES, bytes));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long written = 0;
            while (written < bytes) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - written));
                written += channel.write(zeros);
            }
        } catch (IOException e) {
            throw new VaultException(
                    VaultException.Reason.SPACE, file + ": cannot take " + bytes + " bytes: " + e.getMessage(), e);
        }
    }

    /** Writes what is there over itself, so that a sparse file has all its blocks. */
    static void fillHoles(Path file) {
        ByteBuffer block = ByteBuffer.allocateDirect(CHUNK_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = 0;
            while (channel.read(block.clear(), at) > 0) {
                block.flip();
                while (block.hasRemaining()) {
                    at += channel.write(block, at);
                }
            }
        } catch (IOException e) {
            throw new VaultException(
                    VaultException.Reason.SPACE, file + ": cannot take its space: " + e.getMessage(), e);
        }
    }
}
