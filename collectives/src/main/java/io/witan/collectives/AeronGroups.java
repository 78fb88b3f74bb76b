package io.witan.collectives;

import io.witan.collectives.aeron.AeronAddress;
import io.witan.collectives.aeron.AeronTransport;
import io.witan.collectives.engine.World;
import io.witan.collectives.shared.SharedTransport;
import io.witan.collectives.wire.TransportException;

/** Connects the processes of a run over Aeron: shared memory inside a node, UDP between nodes. */
public final class AeronGroups {
    private AeronGroups() {}

    /**
     * Joins the world and waits until all ranks are there, also to tell them that configurations differ: all ranks that reach
     * each other before the time-out throw the same message.
     *
     * @throws CollectiveException RENDEZVOUS if ranks are missing at the time-out, which the message names; MISMATCH if a rank
     *     was started with another world size or configuration; TRANSPORT if the node's media driver cannot be used
     */
    public static CommunicatorGroup connect(GroupConfig config) {
        World world = new World(
                config.runId(),
                config.rank(),
                config.topology().rankCount(),
                CommunicatorGroup.LANE_COUNT,
                config.configHash(),
                config.deadline().toNanos());
        AeronAddress address = new AeronAddress(
                config.runId(),
                config.rank(),
                config.topology(),
                config.aeronDirectory(),
                config.endpoints(),
                1 + CommunicatorGroup.LANE_COUNT,
                NodeDriver.Timeouts.of(config.deadline()).driverNs());
        try {
            AeronTransport transport = AeronTransport.open(address, config.rendezvousTimeout());
            return config.dataPath() == DataPath.AERON
                    ? CommunicatorGroup.met(world, config, transport, BufferSource.PRIVATE)
                    : overSharedMemory(world, config, transport);
        } catch (TransportException broken) {
            throw new CollectiveException(
                    CollectiveException.Kind.TRANSPORT, config.rank(), "rendezvous: " + broken.getMessage());
        }
    }

    private static CommunicatorGroup overSharedMemory(World world, GroupConfig config, AeronTransport control) {
        SharedTransport transport = SharedTransport.open(
                control,
                config.topology(),
                config.rank(),
                CommunicatorGroup.LANE_COUNT,
                config.runId(),
                config.aeronDirectory());
        return CommunicatorGroup.met(world, config, transport, new SharedBuffers(transport.regions()));
    }
}
