package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Connects ranks that are threads of this process, without sockets and files: for tests, and for programs that run several
 * ranks in one JVM. {@link #connect} does not wait for the other ranks. Thread safe.
 */
public final class InMemoryNetwork {
    private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);
    private static final int RELIABLE_FRAME_BYTES = 32 * 1024;
    private static final long RUN_ID = 1;
    private static final int STREAMS = 1 + CommunicatorGroup.LANE_COUNT;

    /** What happened on the way, over all ranks; zero on a reliable network. */
    public record FrameCounts(long sent, long lost, long retransmitted, long duplicates, long reordered) {}

    static final class Counters {
        final LongAdder sent = new LongAdder();
        final LongAdder lost = new LongAdder();
        final LongAdder retransmitted = new LongAdder();
        final LongAdder duplicates = new LongAdder();
        final LongAdder reordered = new LongAdder();
    }

    private final Topology topology;
    private final FaultPlan plan;
    private final Duration deadline;
    private final Counters counters = new Counters();
    private final AtomicReferenceArray<MemoryLink> links;
    private final AtomicBoolean[] connected;
    /** Networks of the groups that form now, by their run ids. */
    private final Map<Long, InMemoryNetwork> forming = new ConcurrentHashMap<>();

    private InMemoryNetwork(Topology topology, FaultPlan plan, Duration deadline) {
        this.topology = topology;
        this.plan = plan;
        this.deadline = deadline;
        int ranks = topology.rankCount();
        this.links = new AtomicReferenceArray<>(ranks * ranks * STREAMS);
        this.connected = new AtomicBoolean[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            connected[rank] = new AtomicBoolean();
        }
    }

    /** Frames arrive at once and in order; deadline 30 s. */
    public static InMemoryNetwork reliable(Topology topology) {
        return new InMemoryNetwork(topology, null, DEFAULT_DEADLINE);
    }

    /** Frames suffer what the plan says; deadline 30 s. */
    public static InMemoryNetwork faulty(Topology topology, FaultPlan plan) {
        return new InMemoryNetwork(topology, plan, DEFAULT_DEADLINE);
    }

    /** A new network alike but for the deadline of operations. */
    public InMemoryNetwork withDeadline(Duration deadline) {
        return new InMemoryNetwork(topology, plan, GroupConfig.requirePositive("deadline", deadline));
    }

    /**
     * The connection of one rank; once a rank.
     *
     * @throws IllegalArgumentException if there is no such rank or it is connected already
     */
    public CommunicatorGroup connect(int rank) {
        if (rank < 0 || rank >= topology.rankCount() || !connected[rank].compareAndSet(false, true)) {
            throw new IllegalArgumentException(
                    "rank " + rank + " is not in 0.." + (topology.rankCount() - 1) + " or is connected already");
        }
        return CommunicatorGroup.started(origin(rank, 0, deadline), transport(rank));
    }

    public FrameCounts counts() {
        return new FrameCounts(
                counters.sent.sum(),
                counters.lost.sum(),
                counters.retransmitted.sum(),
                counters.duplicates.sum(),
                counters.reordered.sum());
    }

    Origin origin(int rank, long configHash, Duration rendezvousTimeout) {
        return origin(Members.world(RUN_ID, rank, topology), configHash, rendezvousTimeout);
    }

    private Origin origin(Members members, long configHash, Duration rendezvousTimeout) {
        return new Origin(
                members, configHash, deadline, rendezvousTimeout, Idle.BACKOFF, () -> false, others -> form(others));
    }

    /** Groups have links of their own, with the same faults but for deaths and black holes, which are the world's. */
    private CommunicatorGroup form(Members members) {
        InMemoryNetwork own = forming.computeIfAbsent(members.runId(), id -> part(members));
        try {
            return CommunicatorGroup.met(
                    origin(members, 0, deadline), own.transport(members.rank()), BufferSource.PRIVATE);
        } finally {
            // Whoever comes for the same group after this one met, or gave up, finds no old greetings.
            forming.remove(members.runId(), own);
        }
    }

    private InMemoryNetwork part(Members members) {
        FaultPlan survivable = plan == null ? null : plan.withoutDeaths(members.runId());
        return new InMemoryNetwork(members.topology(), survivable, deadline);
    }

    MemoryTransport transport(int rank) {
        if (plan == null) {
            return new MemoryTransport(this, rank, RELIABLE_FRAME_BYTES, Long.MAX_VALUE, Long.MAX_VALUE);
        }
        return new MemoryTransport(
                this,
                rank,
                plan.frameBytes(),
                plan.diesAfter().getOrDefault(rank, Long.MAX_VALUE),
                plan.muteAfter().getOrDefault(rank, Long.MAX_VALUE));
    }

    int rankCount() {
        return topology.rankCount();
    }

    MemoryLink link(int source, int target, int stream) {
        int index = (source * rankCount() + target) * STREAMS + stream;
        MemoryLink link = links.get(index);
        if (link == null) {
            links.compareAndSet(index, null, newLink(index, target));
            link = links.get(index);
        }
        return link;
    }

    private MemoryLink newLink(int index, int target) {
        if (plan == null) {
            return new MemoryLink();
        }
        SplittableRandom random = new SplittableRandom(plan.seed() * 1_000_003 + index);
        return new FaultyLink(plan, random, counters, plan.slowConsumers().getOrDefault(target, 1));
    }
}
