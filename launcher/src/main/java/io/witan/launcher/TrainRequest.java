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
 * @param nodes nodes that the ranks are spread over
 * @param overrides {@code key=value}, in the order given
 * @param resume path of the run to go on from, absolute and normalised
 * @param out folder that output goes to, absolute and normalised: that of the resumed run or one that the user named;
 *     empty: a new one
 */
public record TrainRequest(
        Optional<String> recipe,
        Optional<Path> data,
        int worldSize,
        int nodes,
        Optional<Policy> policy,
        OptionalLong steps,
        OptionalLong seed,
        List<String> overrides,
        Optional<Path> resume,
        Optional<Path> out) {

    /** Placement policies that the command line knows. */
    public enum Policy {
        /** Expert parallelism: each expert stays with its owner. */
        EP,
        /** Fully sharded sparse data parallelism. */
        FSSDP,
        /** FasterMoE: hot experts go to all ranks after the gate. */
        SHADOW,
        /** SmartMoE: experts change places. */
        EXCHANGE,
        /** FlexMoE: lasting replicas. */
        REPLICATE,
        /** LAER-MoE: every expert in slices over all ranks. */
        SHARDED_EXPERTS;

        /** As the command line spells it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public TrainRequest {
        overrides = List.copyOf(overrides);
    }
}
