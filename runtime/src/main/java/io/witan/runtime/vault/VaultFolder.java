package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where a run has its vaults. Those of a start with R ranks lie in {@code of-000R}, so that ranks of another number never write over
 * what they go on from. If ranks keep theirs in memory, the link {@code memory} in the root leads there.
 *
 * @param root may not exist
 * @param memory where ranks keep their own as far as there is room; copies of them are always in the root; empty: all are
 */
public record VaultFolder(Path root, Optional<NodeMemory> memory) {
    private static final String LINK = "memory";

    /** On a disk alone. */
    public VaultFolder(Path root) {
        this(root, Optional.empty());
    }

    /**
     * For the vault in which a rank of so many goes on: where it lies, or else where it is to be made.
     *
     * @param bytes that it takes if it is made
     * @throws VaultException if there is no folder for it
     */
    public Path own(int ranks, int rank, long bytes) {
        Path onDisk = of(VaultFile.Kind.OWN, ranks);
        boolean inMemory = goesOnInMemory(ranks, rank)
                || !ExpertVault.exists(onDisk, rank)
                        && memory.map(node -> node.takes(bytes)).orElse(false);
        if (!inMemory) {
            return onDisk;
        }
        NodeMemory node = memory.orElseThrow();
        Path vaults = inMemory(node, ranks);
        node.make(vaults);
        try {
            Files.createDirectories(root);
            NodeMemory.lead(root.resolve(LINK), node.folder());
        } catch (IOException e) {
            throw VaultException.io("make", root, e);
        }
        return vaults;
    }

    /** Whether the vault in which a rank goes on lies in memory, and is there. */
    public boolean goesOnInMemory(int ranks, int rank) {
        return memory.filter(node -> !node.readOnly() && ExpertVault.exists(inMemory(node, ranks), rank))
                .isPresent();
    }

    private static Path inMemory(NodeMemory node, int ranks) {
        return node.folder().resolve(VaultFile.Kind.OWN.folder(ranks));
    }

    /** The folder in memory that this process does not see, though vaults were made in it: it is another node's, or was lost. */
    public Optional<Path> lostMemory() {
        Path link = root.resolve(LINK);
        try {
            return memory.isPresent()
                            && Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                            && Files.notExists(memory.get().folder())
                    ? Optional.of(Files.readSymbolicLink(link))
                    : Optional.empty();
        } catch (IOException e) {
            throw VaultException.io("read", link, e);
        }
    }

    /** For those of a kind, on a disk. */
    public Path of(VaultFile.Kind kind, int ranks) {
        return root.resolve(kind.folder(ranks));
    }

    /** Where a vault lies that is listed here. */
    public Path of(VaultFile file) {
        Path folder = file.inMemory() ? memory.orElseThrow().folder() : root;
        return folder.resolve(file.kind().folder(file.ranks()));
    }

    /**
     * All vaults that this process sees, by number of ranks, rank and kind.
     *
     * @throws VaultException if a folder cannot be read
     */
    public List<VaultFile> files() {
        List<VaultFile> files = new ArrayList<>(new VaultListing(root, false).files());
        memory.ifPresent(node -> files.addAll(new VaultListing(node.folder(), true).files()));
        files.sort(Comparator.comparingInt(VaultFile::ranks)
                .thenComparingInt(VaultFile::rank)
                .thenComparing(VaultFile::kind)
                .thenComparing(VaultFile::inMemory));
        return files;
    }

    /** True if vaults lie here as versions kept them that knew one number of ranks only. */
    public boolean isOfEarlierVersion() {
        return new VaultListing(root, false).isOfEarlierVersion();
    }

    /**
     * Removes a closed vault, and folders that are empty then.
     *
     * @throws VaultException if a file cannot be removed
     */
    public void delete(VaultFile file) {
        ExpertVault.delete(of(file), file.rank());
        deleteEmpty();
    }

    /** As {@link #delete(VaultFile)}, a rank's of a kind, wherever they lie. */
    public void delete(VaultFile.Kind kind, int ranks, int rank) {
        ExpertVault.delete(of(kind, ranks), rank);
        if (kind == VaultFile.Kind.OWN) {
            freeMemory(ranks, rank);
        }
        deleteEmpty();
    }

    /** As {@link #delete(VaultFile)}, a rank's own if it lies in memory. */
    public void freeMemory(int ranks, int rank) {
        memory.ifPresent(node -> ExpertVault.delete(inMemory(node, ranks), rank));
        deleteEmpty();
    }

    /** Removes folders that are empty, and the link to memory that is not there. */
    public void deleteEmpty() {
        memory.ifPresent(NodeMemory::removeIfEmpty);
        try {
            if (memory.isPresent() && Files.notExists(memory.get().folder())) {
                Files.deleteIfExists(root.resolve(LINK));
            }
            Files.deleteIfExists(root);
        } catch (DirectoryNotEmptyException others) {
            // Other vaults are still there.
        } catch (IOException e) {
            throw VaultException.io("remove", root, e);
        }
    }
}
