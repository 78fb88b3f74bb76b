package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a run has its vaults. Those of a start with R ranks lie in {@code of-000R}, so that ranks of another number never write over
 * what they go on from.
 *
 * @param root may not exist
 */
public record VaultFolder(Path root) {
    private static final Pattern WORLD = Pattern.compile("(of|kept-of|peers-of)-(\\d{4,9})");
    private static final Pattern STATE = Pattern.compile("rank-(\\d{4,9})\\.state");

    /** For the vaults of so many ranks. */
    public Path of(int ranks) {
        return of(VaultFile.Kind.OWN, ranks);
    }

    /** For those of a kind. */
    public Path of(VaultFile.Kind kind, int ranks) {
        return root.resolve(kind.folder(ranks));
    }

    /**
     * All vaults that this process sees, by number of ranks, rank and kind.
     *
     * @throws VaultException if a folder cannot be read
     */
    public List<VaultFile> files() {
        List<VaultFile> files = new ArrayList<>();
        for (Path world : entries(root)) {
            Matcher ofWorld = WORLD.matcher(world.getFileName().toString());
            if (ofWorld.matches()) {
                VaultFile.Kind kind = kind(ofWorld.group(1));
                int ranks = Integer.parseInt(ofWorld.group(2));
                entries(world).forEach(file -> add(files, kind, ranks, file));
            }
        }
        files.sort(Comparator.comparingInt(VaultFile::ranks)
                .thenComparingInt(VaultFile::rank)
                .thenComparing(VaultFile::kind));
        return files;
    }

    /** True if vaults lie here as versions kept them that knew one number of ranks only. */
    public boolean isOfEarlierVersion() {
        return entries(root).stream()
                .anyMatch(file -> STATE.matcher(file.getFileName().toString()).matches());
    }

    private static VaultFile.Kind kind(String prefix) {
        return switch (prefix) {
            case "kept-of" -> VaultFile.Kind.KEPT;
            case "peers-of" -> VaultFile.Kind.PEER;
            default -> VaultFile.Kind.OWN;
        };
    }

    private static void add(List<VaultFile> files, VaultFile.Kind kind, int ranks, Path file) {
        Matcher state = STATE.matcher(file.getFileName().toString());
        if (!state.matches()) {
            return;
        }
        try {
            files.add(new VaultFile(
                    kind,
                    ranks,
                    Integer.parseInt(state.group(1)),
                    Files.size(file),
                    Files.getLastModifiedTime(file).toMillis()));
        } catch (NoSuchFileException gone) {
            // Its rank has just removed it.
        } catch (IOException e) {
            throw VaultException.io("look at", file, e);
        }
    }

    private static List<Path> entries(Path folder) {
        List<Path> entries = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return entries;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            all.forEach(entries::add);
        } catch (NoSuchFileException gone) {
            return List.of();
        } catch (IOException e) {
            throw VaultException.io("list", folder, e);
        }
        return entries;
    }

    /**
     * Removes the closed vault of a rank, and folders that are empty then.
     *
     * @throws VaultException if a file cannot be removed
     */
    public void delete(VaultFile.Kind kind, int ranks, int rank) {
        ExpertVault.delete(of(kind, ranks), rank);
        try {
            Files.deleteIfExists(root);
        } catch (DirectoryNotEmptyException others) {
            // Other vaults are still there.
        } catch (IOException e) {
            throw VaultException.io("remove", root, e);
        }
    }
}
