package io.witan.collectives;

import io.witan.collectives.aeron.AeronAddress;
import io.witan.collectives.aeron.AeronTransport;
import io.witan.collectives.shared.SharedTransport;
import io.witan.collectives.wire.TransportException;
import java.nio.file.Path;
import java.util.List;

/** Connects the processes of a run over Aeron: shared memory inside a node, UDP between nodes. */
public final class AeronGroups {
    private AeronGroups() {}

    /**
     * Joins the world and waits until all ranks are there, also to tell them that configurations differ: all ranks that reach
     * each other before the time-out throw the same message. A world of one rank needs no driver.
     *
     * @throws CollectiveException RENDEZVOUS if ranks are missing at the time-out, which the message names; MISMATCH if a rank
     *     was started with another world size, configuration or data path, or twice; TRANSPORT if the node's media driver
     *     cannot be used; CLOSED if this rank gave up meanwhile
     */
    public static CommunicatorGroup connect(GroupConfig config) {
        return form(config, Members.world(config.runId(), config.rank(), config.topology()));
    }

    /** @param config of the world that the members are part of */
    private static CommunicatorGroup form(GroupConfig config, Members members) {
        Origin origin = new Origin(
                members,
                config.configHash(),
                config.deadline(),
                config.rendezvousTimeout(),
                config.idle(),
                config.givenUp(),
                others -> form(config, others));
        if (members.size() == 1) {
            return CommunicatorGroup.alone(origin);
        }
        try {
            AeronTransport transport = AeronTransport.open(address(config, members), config.rendezvousTimeout());
            return config.dataPath() == DataPath.AERON
                    ? CommunicatorGroup.met(origin, transport, BufferSource.PRIVATE)
                    : overSharedMemory(origin, transport, config.aeronDirectory());
        } catch (TransportException broken) {
            throw members.exception(
                    CollectiveException.Kind.TRANSPORT, members.rank(), "rendezvous: " + broken.getMessage());
        }
    }

    private static AeronAddress address(GroupConfig config, Members members) {
        List<String> all = config.endpoints();
        return new AeronAddress(
                members.runId(),
                members.runId() == config.runId() && !config.isRestart(),
                members.rank(),
                members.topology(),
                config.aeronDirectory(),
                all.isEmpty()
                        ? all
                        : members.worldRanks().stream().map(all::get).toList(),
                1 + CommunicatorGroup.LANE_COUNT,
                config.dataPath() == DataPath.AERON,
                NodeDriver.Timeouts.of(config.deadline()).driverNs());
    }

    private static CommunicatorGroup overSharedMemory(Origin origin, AeronTransport control, Path directory) {
        Members members = origin.members();
        SharedTransport transport = SharedTransport.open(
                control, members.topology(), members.rank(), CommunicatorGroup.LANE_COUNT, members.runId(), directory);
        return CommunicatorGroup.met(origin, transport, new SharedBuffers(transport.regions()));
    }
}
