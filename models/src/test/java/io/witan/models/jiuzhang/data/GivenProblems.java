package io.witan.models.jiuzhang.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/**
 * Public data sets that are too large to keep here: in the folder that WITAN_TEST_DATA names, or in {@code shared/data} beside
 * a folder above. A test without them is a counted skip.
 */
public final class GivenProblems {
    private GivenProblems() {}

    /** The problems of all known files. */
    public static List<Problem> all() {
        Optional<Path> folder = folder();
        Assumptions.assumeTrue(folder.isPresent(), "no data sets; name their folder in WITAN_TEST_DATA");
        return Arrays.stream(ProblemFile.values())
                .flatMap(file -> file.read(folder.orElseThrow()).stream())
                .toList();
    }

    private static Optional<Path> folder() {
        String named = System.getenv("WITAN_TEST_DATA");
        if (named != null) {
            return Optional.of(Path.of(named)).filter(GivenProblems::hasAll);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (hasAll(at.resolve("shared/data"))) {
                return Optional.of(at.resolve("shared/data"));
            }
        }
        return Optional.empty();
    }

    private static boolean hasAll(Path folder) {
        return Arrays.stream(ProblemFile.values()).allMatch(file -> Files.exists(folder.resolve(file.path())));
    }
}
