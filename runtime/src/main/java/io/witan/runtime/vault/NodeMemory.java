package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A run's folder in the memory of a node, for vaults. What lies there survives processes, is written to no disk, and ends with the
 * machine or container. A link in the folder leads to the run, so that the folder of a run that is no more can be told from one whose run
 * may go on. Others than its owner cannot read it. Any thread.
 *
 * @param folder may not exist
 * @param run output folder of the run
 * @param bytes most that the vault of one rank may take there when it is made; 0: ranks go on in none that is there, and only read them
 */
public record NodeMemory(Path folder, Path run, long bytes) {
    static final String PREFIX = "witan-vault-";
    static final String LINK = "run";
    /** Made when the run was first missed. */
    static final String MISSED = "missed";

    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    /**
     * The folder of a run.
     *
     * @param parent a folder in memory, such as /dev/shm
     * @param id of the run, the same whenever it goes on: letters, digits, hyphens
     */
    public static NodeMemory of(Path parent, String id, Path run, long bytes) {
        return new NodeMemory(
                parent.toAbsolutePath().normalize().resolve(PREFIX + id),
                run.toAbsolutePath().normalize(),
                bytes);
    }

    /** The same, in which no rank goes on. */
    public NodeMemory toRead() {
        return new NodeMemory(folder, run, 0);
    }

    /** False if it is of another run, of which this one is a copy: the folder leads to that, and it is there. */
    public boolean isOfRun() {
        Path link = folder.resolve(LINK);
        try {
            Path found = Files.readSymbolicLink(link);
            return found.equals(run) || Files.notExists(found);
        } catch (IOException none) {
            return true;
        }
    }

    /** Whether a vault may be made there: it is allowed as many bytes, and there is room for them now. */
    boolean takes(long wanted) {
        try {
            return wanted <= bytes && Files.getFileStore(folder.getParent()).getUsableSpace() >= wanted;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Makes the folder if it is not there, and leads its link to the run if that was moved.
     *
     * @throws VaultException if others may enter it, or it cannot be made
     */
    void make() {
        try {
            createFolder();
            if (!Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)
                    .equals(PRIVATE)) {
                throw new VaultException(
                        VaultException.Reason.IO, folder + ": is open to other users; remove it if it is yours");
            }
            lead(folder.resolve(LINK), run);
            Files.deleteIfExists(folder.resolve(MISSED));
        } catch (IOException e) {
            throw VaultException.io("keep a vault in", folder, e);
        }
    }

    private void createFolder() throws IOException {
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
        } catch (FileAlreadyExistsException there) {
            // It was made before, or another rank was faster.
        }
    }

    /** Makes or changes a link; of ranks that do the same at once one is enough. */
    static void lead(Path link, Path target) throws IOException {
        try {
            if (Files.isSymbolicLink(link) && !Files.readSymbolicLink(link).equals(target)) {
                Files.deleteIfExists(link);
            }
            Files.createSymbolicLink(link, target);
        } catch (FileAlreadyExistsException | NoSuchFileException another) {
            // It leads there already, or another rank is at it.
        }
    }

    /** Removes the folder when no vault is left in it. */
    void removeIfEmpty() {
        try {
            if (isEmpty()) {
                Files.deleteIfExists(folder.resolve(MISSED));
                Files.deleteIfExists(folder.resolve(LINK));
                Files.deleteIfExists(folder);
            }
        } catch (DirectoryNotEmptyException | NoSuchFileException others) {
            // Another rank keeps a vault there, or has removed all.
        } catch (IOException e) {
            throw VaultException.io("remove", folder, e);
        }
    }

    private boolean isEmpty() throws IOException {
        try (DirectoryStream<Path> vaults =
                Files.newDirectoryStream(folder, path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))) {
            return !vaults.iterator().hasNext();
        }
    }
}
