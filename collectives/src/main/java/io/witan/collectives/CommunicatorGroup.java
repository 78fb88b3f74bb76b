package io.witan.collectives;

import io.witan.collectives.engine.Engine;
import io.witan.collectives.engine.Fault;
import io.witan.collectives.engine.World;
import io.witan.collectives.wire.NoTransport;
import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One rank's connection to its world, with independent lanes: operations of a lane complete in order, those of different
 * lanes overtake each other: while a lane is busy, those behind it move a slice at a time, so that a big gather of parameters
 * does not hold up an exchange of tokens. All lanes share one fate: when one fails, all do.
 *
 * <p>Any thread may use it; one thread at a time starts the operations of a lane.
 */
public final class CommunicatorGroup implements AutoCloseable {
    /** The lane for tokens and other small exchanges that somebody waits for. */
    public static final int TOKENS = 0;
    /** The lane for parameters, which move beside the computation. */
    public static final int PARAMETERS = 1;
    /** The lane for slices of gradients that fill the gaps. */
    public static final int GRADIENTS = 2;

    static final int LANE_COUNT = 3;

    private static final Duration SOLO_DEADLINE = Duration.ofSeconds(30);

    private final Engine engine;
    private final Communicator[] lanes;
    private final BufferSource buffers;
    private final int rank;
    private final Topology topology;

    private CommunicatorGroup(Engine engine, World world, Topology topology, BufferSource buffers) {
        this.buffers = buffers;
        this.engine = engine;
        this.rank = world.rank();
        this.topology = topology;
        this.lanes = new Communicator[world.laneCount()];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = new LaneCommunicator(engine, lane, rank, topology, buffers.isShared());
        }
    }

    /** A world of one rank, without transport and threads. */
    public static CommunicatorGroup solo() {
        World world = new World(0, 0, 1, LANE_COUNT, 0, SOLO_DEADLINE.toNanos());
        return started(world, Topology.singleNode(1), new NoTransport());
    }

    /** Over a transport whose ends exist from the start. */
    static CommunicatorGroup started(World world, Topology topology, Transport transport) {
        Engine engine = new Engine(world, transport, Waiting.of(Idle.BACKOFF));
        engine.start();
        return new CommunicatorGroup(engine, world, topology, BufferSource.PRIVATE);
    }

    /** Over a transport whose ranks must find each other first; closes the transport if they do not. */
    static CommunicatorGroup met(World world, GroupConfig config, Transport transport, BufferSource buffers) {
        Engine engine = new Engine(world, transport, Waiting.of(config.idle()));
        Fault fault;
        try {
            fault = engine.meet(config.rendezvousTimeout().toNanos());
        } catch (TransportException broken) {
            engine.discard();
            throw broken;
        }
        if (fault != null) {
            engine.discard();
            throw OperationHandle.exception(fault);
        }
        engine.start();
        return new CommunicatorGroup(engine, world, config.topology(), buffers);
    }

    public int rank() {
        return rank;
    }

    public Topology topology() {
        return topology;
    }

    /** {@link #TOKENS}, {@link #PARAMETERS} and {@link #GRADIENTS}: 3. */
    public int laneCount() {
        return lanes.length;
    }

    /** @param lane 0..laneCount()-1; the same communicator at every call */
    public Communicator lane(int lane) {
        if (lane < 0 || lane >= lanes.length) {
            throw new IllegalArgumentException("lane " + lane + " is not in 0.." + (lanes.length - 1));
        }
        return lanes[lane];
    }

    /**
     * Memory for operations, which peers on this node read in place where the group shares memory.
     *
     * @throws CollectiveException TRANSPORT if there is not so much shared memory left on the node
     */
    public RegisteredBuffer allocate(long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a buffer of " + bytes + " B; allowed are 1 B and more");
        }
        try {
            return buffers.allocate(bytes);
        } catch (TransportException full) {
            throw new CollectiveException(CollectiveException.Kind.TRANSPORT, rank, full.getMessage());
        }
    }

    /**
     * Makes memory that is a mapping of a file readable in place by the peers on this node, where the group shares memory; they
     * map the same file. Nothing is copied. Closing the buffer ends that and leaves mapping and file alone.
     *
     * @param file on a path that all ranks of the node can open, for reading and writing
     * @param mapping shared and writable mapping of the file, from its first byte
     * @throws CollectiveException TRANSPORT if the file is not there or shorter than the mapping
     */
    public RegisteredBuffer register(Path file, MemorySegment mapping) {
        if (!mapping.isMapped()) {
            throw new IllegalArgumentException("memory of " + mapping.byteSize() + " B is no mapping of " + file);
        }
        try {
            return buffers.register(file, mapping);
        } catch (TransportException refused) {
            throw new CollectiveException(CollectiveException.Kind.TRANSPORT, rank, refused.getMessage());
        }
    }

    /** True if registered buffers can be read by peers: this node has some, and the group shares memory with them. */
    public boolean sharesMemory() {
        return buffers.isShared() && topology.rankCount(topology.nodeOf(rank)) > 1;
    }

    /** Frames that came from other runs, or were damaged or misdirected, and were dropped unread. */
    public long droppedFrames() {
        return engine.droppedFrames();
    }

    /** Off-heap memory that operations hold for partial results, in bytes. */
    public long scratchBytes() {
        return engine.scratchBytes();
    }

    /**
     * Leaves the world. What is in flight fails, here and on the peers. Waits at most 5 s (or the deadline, if shorter) until
     * peers have the bytes they still need from this rank. Leaves no file behind.
     */
    @Override
    public void close() {
        engine.close();
    }
}
