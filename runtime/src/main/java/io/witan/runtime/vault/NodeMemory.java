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
 * @param bytes most that the vault of one rank may take there when it is made
 * @param readOnly true: ranks make none there and go on in none; those that are there are read
 */
public record NodeMemory(Path folder, Path run, long bytes, boolean readOnly) {
    static final String PREFIX = "witan-vault-";
    static final String LINK = "run";
    /** Made when the run was first missed. */
    static final String MISSED = "missed";

    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    /** Belongs to the user who runs this process. */
    private static final Path PROCESS = Path.of("/proc/self");

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
                bytes,
                false);
    }

    /** The same, read only. */
    public NodeMemory toRead() {
        return new NodeMemory(folder, run, 0, true);
    }

    /**
     * False if it is another user's, or others may enter it; also if it is of another run, of which this one is a copy: then the folder
     * leads to that, and it is there.
     */
    public boolean isOfRun() {
        if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        try {
            boolean isOwn = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(PROCESS))
                    && Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS)
                            .equals(PRIVATE);
            return isOwn && leadsTo(run);
        } catch (IOException e) {
            return false;
        }
    }

    private boolean leadsTo(Path aim) throws IOException {
        Path link = folder.resolve(LINK);
        if (Files.notExists(link, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        Path found = Files.readSymbolicLink(link);
        return found.equals(aim) || Files.notExists(found) || Files.isSameFile(found, aim);
    }

    /** Whether a vault may be made there: it is allowed as many bytes, and there is room for them now. */
    boolean takes(long wanted) {
        try {
            return !readOnly
                    && wanted <= bytes
                    && Files.getFileStore(folder.getParent()).getUsableSpace() >= wanted;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Makes the folder if it is not there, and in it one for vaults; leads its link to the run if that was moved.
     *
     * @throws VaultException if they cannot be made
     */
    void make(Path vaults) {
        try {
            createFolder(folder);
            createFolder(vaults);
            lead(folder.resolve(LINK), run);
            Files.deleteIfExists(folder.resolve(MISSED));
        } catch (IOException e) {
            throw VaultException.io("keep a vault in", folder, e);
        }
    }

    private static void createFolder(Path folder) throws IOException {
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
