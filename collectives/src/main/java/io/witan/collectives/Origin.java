package io.witan.collectives;

import io.witan.collectives.engine.World;
import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * What a group is formed from, and further groups of its ranks after it.
 *
 * @param givenUp as {@link GroupConfig#givenUp}
 * @param others forms a group of other members in the same way; waits for them
 */
record Origin(
        Members members,
        long configHash,
        Duration deadline,
        Duration rendezvousTimeout,
        Idle idle,
        BooleanSupplier givenUp,
        Function<Members, CommunicatorGroup> others) {
    private static final Duration SOLO_DEADLINE = Duration.ofSeconds(30);

    /** Of a world of one rank. */
    static Origin solo() {
        return solo(Members.world(0, 0, Topology.singleNode(1)));
    }

    private static Origin solo(Members members) {
        return new Origin(
                members,
                0,
                SOLO_DEADLINE,
                SOLO_DEADLINE,
                Idle.BACKOFF,
                () -> false,
                others -> CommunicatorGroup.alone(solo(others)));
    }

    World world() {
        return new World(
                members.runId(),
                members.rank(),
                members.size(),
                CommunicatorGroup.LANE_COUNT,
                configHash,
                deadline.toNanos());
    }
}
