package io.witan.launcher;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the user asked of {@code train}, as far as the configuration is concerned.
 *
 * @param recipe a built-in recipe's name or a file; empty: the default, or the resumed run's own configuration
 * @param data absolute path; empty: the recipe's data
 * @param overrides {@code key=value}, in the order given
 * @param resume absolute path of the run to go on from
 */
public record TrainRequest(
        Optional<String> recipe,
        Optional<Path> data,
        int worldSize,
        Optional<Policy> policy,
        OptionalLong steps,
        OptionalLong seed,
        List<String> overrides,
        Optional<Path> resume) {

    /** Placement policies that the command line knows. */
    public enum Policy {
        /** Expert parallelism: each expert stays with its owner. */
        EP,
        /** Fully sharded sparse data parallelism. */
        FSSDP;

        /** As recipes spell it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public TrainRequest {
        overrides = List.copyOf(overrides);
    }
}
