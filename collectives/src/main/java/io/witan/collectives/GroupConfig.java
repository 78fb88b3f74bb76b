package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * How a rank joins its world over Aeron.
 *
 * @param runId the same for all ranks of a run; frames of other runs are dropped
 * @param rank 0..topology.rankCount()-1
 * @param aeronDirectory of the node's {@link NodeDriver}
 * @param endpoints host:port of each rank, used between nodes only; may be empty in a world of one node
 * @param deadline of each operation, from when it is first of its lane; a silent rank is lost after half of it
 * @param rendezvousTimeout how long to wait for all ranks to be there
 * @param configHash a hash of everything that all ranks must have been started with alike
 * @param dataPath what carries data inside a node; the same on all ranks
 * @param idle how a thread waits
 * @param isRestart true on all ranks if some of the run were killed before: then streams between nodes have other ids, as
 *     those of the killed may still hold back senders
 * @param givenUp true once this rank shall leave all its groups without waiting for anyone, also while ranks meet: what is in
 *     flight fails as CLOSED; asked often, by any thread
 */
public record GroupConfig(
        long runId,
        int rank,
        Topology topology,
        Path aeronDirectory,
        List<String> endpoints,
        Duration deadline,
        Duration rendezvousTimeout,
        long configHash,
        DataPath dataPath,
        Idle idle,
        boolean isRestart,
        BooleanSupplier givenUp) {
    private static final int MAX_PORT = 65535;

    public GroupConfig {
        endpoints = List.copyOf(endpoints);
        if (rank < 0 || rank >= topology.rankCount()) {
            throw new IllegalArgumentException("rank " + rank + " is not in 0.." + (topology.rankCount() - 1));
        }
        requirePositive("deadline", deadline);
        requirePositive("rendezvousTimeout", rendezvousTimeout);
        if (topology.nodeCount() > 1 && endpoints.size() != topology.rankCount()) {
            throw new IllegalArgumentException(endpoints.size() + " endpoints for " + topology.rankCount()
                    + " ranks on " + topology.nodeCount() + " nodes");
        }
        endpoints.forEach(GroupConfig::requireEndpoint);
    }

    /** Never given up. */
    public GroupConfig(
            long runId,
            int rank,
            Topology topology,
            Path aeronDirectory,
            List<String> endpoints,
            Duration deadline,
            Duration rendezvousTimeout,
            long configHash,
            DataPath dataPath,
            Idle idle) {
        this(
                runId,
                rank,
                topology,
                aeronDirectory,
                endpoints,
                deadline,
                rendezvousTimeout,
                configHash,
                dataPath,
                idle,
                false,
                () -> false);
    }

    /** Over shared memory, with {@link Idle#BACKOFF}; never given up. */
    public GroupConfig(
            long runId,
            int rank,
            Topology topology,
            Path aeronDirectory,
            List<String> endpoints,
            Duration deadline,
            Duration rendezvousTimeout,
            long configHash) {
        this(
                runId,
                rank,
                topology,
                aeronDirectory,
                endpoints,
                deadline,
                rendezvousTimeout,
                configHash,
                DataPath.SHARED_MEMORY,
                Idle.BACKOFF);
    }

    /** The same, given up when this says so; {@link #isRestart} as given. */
    public GroupConfig givenUpWhen(BooleanSupplier wish, boolean restart) {
        return new GroupConfig(
                runId,
                rank,
                topology,
                aeronDirectory,
                endpoints,
                deadline,
                rendezvousTimeout,
                configHash,
                dataPath,
                idle,
                restart,
                wish);
    }

    static Duration requirePositive(String name, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " " + duration + " must be longer than 0");
        }
        return duration;
    }

    private static void requireEndpoint(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        boolean hasPort = colon > 0 && endpoint.substring(colon + 1).matches("\\d{1,5}");
        if (!hasPort || Integer.parseInt(endpoint.substring(colon + 1)) > MAX_PORT) {
            throw new IllegalArgumentException("endpoint \"" + endpoint + "\" is not host:port");
        }
    }
}
