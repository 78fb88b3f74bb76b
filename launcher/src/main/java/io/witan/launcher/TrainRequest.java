package io.witan.launcher;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the user asked of {@code train}, as far as the configuration is concerned.
 *
 * @param recipe a built-in recipe's name or a file; empty: the default, or the resumed run's own configuration
 * @param data absolute path; empty: the recipe's data
 * @param topology ranks and their nodes
 * @param routing what is imposed on the router
 * @param overrides {@code key=value}, in the order given
 * @param resume path of the run to go on from, absolute and normalised
 * @param out folder that output goes to, absolute and normalised: that of the resumed run or one that the user named;
 *     empty: a new one
 */
public record TrainRequest(
        Optional<String> recipe,
        Optional<Path> data,
        Topology topology,
        Optional<NamedPolicy> policy,
        OptionalLong steps,
        OptionalLong seed,
        Routing routing,
        List<String> overrides,
        Optional<Path> resume,
        Optional<Path> out) {

    /**
     * A routing to impose.
     *
     * @param forceSkew a {@link io.witan.runtime.routing.ForcedSkew} as text
     * @param replayLoads absolute path of an output folder or a metrics file
     */
    public record Routing(Optional<String> forceSkew, Optional<Path> replayLoads) {}

    public TrainRequest {
        overrides = List.copyOf(overrides);
    }

    public int worldSize() {
        return topology.rankCount();
    }

    public int nodes() {
        return topology.nodeCount();
    }
}
