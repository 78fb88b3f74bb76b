package io.witan.collectives;

import io.witan.collectives.engine.Engine;
import io.witan.collectives.engine.Fault;
import io.witan.collectives.flight.FlightRecord;
import io.witan.collectives.wire.NoTransport;
import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One rank's connection to its world or to a part of it, with independent lanes: operations of a lane complete in order,
 * those of different lanes overtake each other: while a lane is busy, those behind it move a slice at a time, so that a big
 * gather of parameters does not hold up an exchange of tokens. All lanes share one fate: when one fails, all do. Groups do not:
 * each fails, and is closed, for itself.
 *
 * <p>Any thread may use it; one thread at a time starts the operations of a lane.
 */
public final class CommunicatorGroup implements AutoCloseable {
    /** The lane for tokens and other small exchanges that somebody waits for. */
    public static final int TOKENS = 0;
    /** The lane for hops of tokens inside a node, which run beside those between nodes. */
    public static final int NODE = 1;
    /** The lane for parameters, which move beside the computation. */
    public static final int PARAMETERS = 2;
    /** The lane for slices of gradients that fill the gaps. */
    public static final int GRADIENTS = 3;

    static final int LANE_COUNT = 4;

    private static final int NO_COLOR = -1;

    private final Engine engine;
    private final Communicator[] lanes;
    private final BufferSource buffers;
    private final Members members;
    private final Subgroups subgroups;

    private CommunicatorGroup(Engine engine, Origin origin, BufferSource buffers) {
        this.buffers = buffers;
        this.engine = engine;
        this.members = origin.members();
        this.subgroups = new Subgroups(origin);
        this.lanes = new Communicator[LANE_COUNT];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = new LaneCommunicator(engine, lane, members, buffers.isShared());
        }
    }

    /** A world of one rank, without transport and threads. */
    public static CommunicatorGroup solo() {
        return alone(Origin.solo());
    }

    /** A group of one rank. */
    static CommunicatorGroup alone(Origin origin) {
        return started(origin, new NoTransport());
    }

    /** Over a transport whose ends exist from the start. */
    static CommunicatorGroup started(Origin origin, Transport transport) {
        Engine engine =
                new Engine(origin.world(), transport, Waiting.of(origin.idle()), origin.givenUp(), System::nanoTime);
        engine.start();
        return new CommunicatorGroup(engine, origin, BufferSource.PRIVATE);
    }

    /** Over a transport whose ranks must find each other first; closes the transport if they do not. */
    static CommunicatorGroup met(Origin origin, Transport transport, BufferSource buffers) {
        Engine engine =
                new Engine(origin.world(), transport, Waiting.of(origin.idle()), origin.givenUp(), System::nanoTime);
        Fault fault;
        try {
            fault = engine.meet(origin.rendezvousTimeout().toNanos());
        } catch (TransportException broken) {
            engine.discard();
            throw broken;
        }
        if (fault != null) {
            engine.discard();
            throw origin.members().exception(fault);
        }
        engine.start();
        return new CommunicatorGroup(engine, origin, buffers);
    }

    public int rank() {
        return members.rank();
    }

    public Topology topology() {
        return members.topology();
    }

    /** The rank in the world of each rank of this group, ascending; 0, 1, ... of the world itself. */
    public List<Integer> worldRanks() {
        return members.worldRanks();
    }

    /** {@link #TOKENS}, {@link #NODE}, {@link #PARAMETERS} and {@link #GRADIENTS}: 4. */
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
     * A group of some of these ranks, with lanes, deadlines and a fate of its own. Called by its members, and by no other
     * rank, all with the same ranks; returns when all are there. Its ranks are numbered in the order that they have here. Works
     * also when this group has failed or was closed. Different groups may form at the same time; one of the same members
     * forms after the other.
     *
     * @param ranks of this group, in any order, with this one
     * @throws IllegalArgumentException if one is named twice or does not exist, or this rank is not among them
     * @throws CollectiveException as {@link AeronGroups#connect}; RENDEZVOUS also if members name different ranks
     */
    public CommunicatorGroup subGroup(List<Integer> ranks) {
        return subgroups.form(ranks);
    }

    /**
     * Divides this group: ranks of the same colour form a {@link #subGroup}. An operation of all ranks on the lane
     * {@link #TOKENS}.
     *
     * @param color at least 0, or -1 to be in none
     * @return empty for color -1
     */
    public Optional<CommunicatorGroup> split(int color) {
        if (color < NO_COLOR) {
            throw new IllegalArgumentException("color " + color + " is not " + NO_COLOR + " (none), 0 or more");
        }
        List<Integer> alike = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment colors = arena.allocate(ValueLayout.JAVA_INT, members.size());
            lanes[TOKENS]
                    .allGather(arena.allocateFrom(ValueLayout.JAVA_INT, color), colors)
                    .await();
            for (int member = 0; member < members.size(); member++) {
                if (colors.getAtIndex(ValueLayout.JAVA_INT, member) == color) {
                    alike.add(member);
                }
            }
        }
        return color == NO_COLOR ? Optional.empty() : Optional.of(subGroup(alike));
    }

    /**
     * Goes on without ranks that are lost: closes this group and forms a new one of the others, as {@link #subGroup} does. All
     * survivors have the same verdict, so they name the same ranks:
     *
     * <pre>{@code
     * } catch (CollectiveException verdict) {
     *     group = group.shrink(verdict.rank());
     * }
     * }</pre>
     *
     * <p>What was allocated from this group stays readable here, but peers no longer reach it, and views of theirs end. If
     * more ranks turn out to be lost, the new group's RENDEZVOUS error names them: call again, with all of them.
     *
     * @param lost ranks of this group; none, after a failure that nobody died of
     */
    public CommunicatorGroup shrink(int... lost) {
        List<Integer> survivors = subgroups.without(Arrays.stream(lost).boxed().toList());
        close();
        return subGroup(survivors);
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
            throw members.exception(CollectiveException.Kind.TRANSPORT, members.rank(), full.getMessage());
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
            throw new CollectiveException(CollectiveException.Kind.TRANSPORT, rank(), refused.getMessage());
        }
    }

    /**
     * From now on an observer is told when operations of this group ran; those that fail are not told of. Nobody is told at first,
     * and then no clock is read for it.
     *
     * @param observer in place of the one before
     */
    public void observe(OperationObserver observer) {
        engine.observe((lane, operation, startedNs, doneNs, sentBytes) -> observer.completed(new CompletedOperation(
                lane,
                operation.code().label(),
                operation.step(),
                operation.layer(),
                operation.submittedNs(),
                startedNs,
                doneNs,
                sentBytes)));
    }

    /** Ends {@link #observe}: when it returns, no call is under way and none follows. */
    public void endObservation() {
        engine.observe(null);
    }

    /** True if registered buffers can be read by peers: this node has some, and the group shares memory with them. */
    public boolean sharesMemory() {
        return buffers.isShared() && topology().rankCount(topology().nodeOf(rank())) > 1;
    }

    /**
     * How long threads of this rank have waited for operations of this group so far, in ns, summed over threads. What a step takes less
     * this is the rank's own work.
     */
    public long awaitedNs() {
        return engine.awaitedNs();
    }

    /**
     * The last operations of this rank, 256 at most, and how far each came; after a failure what they waited for then. Also of a
     * group that was closed. Any thread.
     */
    public FlightRecord flightRecord() {
        return engine.flightRecord();
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
     * Files that this rank has mapped now for its peers' sake: rings, streams, and memory of peers that it reads where they have
     * it. Its own registered buffers are not among them. A folder stands for all in it.
     */
    public Set<Path> peerFiles() {
        Set<Path> files = new LinkedHashSet<>();
        engine.addFiles(files);
        return files;
    }

    /**
     * Leaves the group. What is in flight fails, here and on the peers. Waits at most 5 s (or the deadline, if shorter) until
     * peers have the bytes they still need from this rank; not at all if it was {@link GroupConfig#givenUp given up}. Leaves no
     * file behind.
     */
    @Override
    public void close() {
        engine.close();
    }
}
