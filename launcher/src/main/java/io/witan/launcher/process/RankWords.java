package io.witan.launcher.process;

import java.nio.file.Path;
import java.util.List;

/** The command line of a rank. */
@FunctionalInterface
public interface RankWords {
    /** @param heap as -Xmx wants it */
    List<String> of(int rank, String heap, Path logFolder);

    /** That of a spare; empty: there are none. */
    default List<String> ofSpare(String name, String heap, Path logFolder) {
        return List.of();
    }
}
