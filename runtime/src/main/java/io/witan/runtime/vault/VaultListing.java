package io.witan.runtime.vault;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The vaults in one folder of a run. */
record VaultListing(Path folder, boolean inMemory) {
    private static final Pattern WORLD = Pattern.compile("(of|kept-of|peers-of)-(\\d{4,9})");
    private static final Pattern STATE = Pattern.compile("rank-(\\d{4,9})\\.state");

    List<VaultFile> files() {
        List<VaultFile> files = new ArrayList<>();
        for (Path world : entries(folder)) {
            Matcher ofWorld = WORLD.matcher(world.getFileName().toString());
            if (ofWorld.matches()) {
                VaultFile.Kind kind = kind(ofWorld.group(1));
                int ranks = Integer.parseInt(ofWorld.group(2));
                entries(world).forEach(file -> look(file, kind, ranks).ifPresent(files::add));
            }
        }
        return files;
    }

    boolean isOfEarlierVersion() {
        return entries(folder).stream()
                .anyMatch(file -> STATE.matcher(file.getFileName().toString()).matches());
    }

    private static VaultFile.Kind kind(String prefix) {
        return switch (prefix) {
            case "kept-of" -> VaultFile.Kind.KEPT;
            case "peers-of" -> VaultFile.Kind.PEER;
            default -> VaultFile.Kind.OWN;
        };
    }

    /** Empty if it is no state, or its rank has just removed it. */
    private Optional<VaultFile> look(Path file, VaultFile.Kind kind, int ranks) {
        Matcher state = STATE.matcher(file.getFileName().toString());
        if (!state.matches()) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new VaultFile(
                    kind,
                    ranks,
                    Integer.parseInt(state.group(1)),
                    inMemory,
                    seen.size(),
                    seen.lastModifiedTime().toMillis()));
        } catch (NoSuchFileException gone) {
            return Optional.empty();
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
}
