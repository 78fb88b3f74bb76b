package io.witan.runtime.text;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Public data sets and vocabularies that are too large to keep here: in the folder that WITAN_TEST_DATA names, or in
 * {@code shared/data} beside a folder above. A test without them is a counted skip.
 */
public final class GivenData {
    private GivenData() {}

    public static Path require(String name) {
        Optional<Path> found = find(name);
        Assumptions.assumeTrue(found.isPresent(), () -> "no " + name + "; name its folder in WITAN_TEST_DATA");
        return found.orElseThrow();
    }

    private static Optional<Path> find(String name) {
        String folder = System.getenv("WITAN_TEST_DATA");
        if (folder != null) {
            return Optional.of(Path.of(folder, name)).filter(Files::exists);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path candidate = at.resolve("shared/data").resolve(name);
            if (Files.exists(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }
}
