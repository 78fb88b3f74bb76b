package io.witan.runtime.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Every change that a save makes to the disk, one step a method, so that tests can die between any two. */
interface FileOps {
    void createDirectories(Path folder) throws IOException;

    /** Creates or empties a file. */
    Output create(Path file) throws IOException;

    /** Renames atomically inside one file system; replaces a file that is there. */
    void move(Path from, Path to) throws IOException;

    /** Deletes a file or an empty folder. */
    void delete(Path path) throws IOException;

    /** Makes creations, renames and deletions in the folder durable. */
    void syncDirectory(Path folder) throws IOException;

    /** An open file. */
    interface Output extends Closeable {
        /** Writes all that remains in the buffer. */
        void write(ByteBuffer bytes) throws IOException;

        /** Makes contents and length durable. */
        void force() throws IOException;
    }
}
