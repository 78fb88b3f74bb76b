package io.witan.collectives;

import io.witan.collectives.engine.Engine;
import io.witan.collectives.engine.EngineSteps;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One rank of a {@link SimulatedCluster}: round after round it computes for a while, then takes part in a gather, a sum and an
 * exchange at once, and checks what it received.
 */
final class SimulatedRank {
    private static final long MS = 1_000_000;
    private static final int EXPERTS = 5;
    private static final int FLOATS = 40;
    /** One computation in so many is long. */
    private static final int ONE_LONG_IN = 50;

    private final Engine engine;
    private final Communicator tokens;
    private final Communicator parameters;
    private final int rank;
    private final Topology topology;
    private final long seed;
    private final SplittableRandom random;
    private int round;
    private long computesUntilNs;
    private Round running;
    private CollectiveException verdict;

    /** What is in flight, and what must come of it. */
    private record Round(
            List<Handle> handles, Placement wide, MemorySegment[] chunks, MemorySegment sum, MemorySegment received) {}

    /** @param engine without a thread */
    SimulatedRank(Engine engine, Members members, long seed, long nowNs) {
        this.engine = engine;
        this.tokens = new LaneCommunicator(engine, CommunicatorGroup.TOKENS, members, false);
        this.parameters = new LaneCommunicator(engine, CommunicatorGroup.PARAMETERS, members, false);
        this.rank = members.rank();
        this.topology = members.topology();
        this.seed = seed;
        this.random = new SplittableRandom(seed * 31 + rank);
        this.computesUntilNs = nowNs + computation();
    }

    /** Moves frames, then goes on with the round; returns how much was done. */
    int step(long nowNs) {
        int work = EngineSteps.step(engine);
        if (verdict != null) {
            return work;
        }
        try {
            if (running == null && nowNs >= computesUntilNs) {
                begin();
                return work + 1;
            }
            if (running != null && running.handles().stream().allMatch(Handle::isDone)) {
                end();
                computesUntilNs = nowNs + computation();
                return work + 1;
            }
        } catch (CollectiveException failed) {
            verdict = failed;
        }
        return work;
    }

    boolean computes() {
        return running == null;
    }

    int rounds() {
        return round;
    }

    /** Why this rank's operations failed; null: they have not. */
    CollectiveException verdict() {
        return verdict;
    }

    void discard() {
        engine.discard();
    }

    private long computation() {
        long longest = random.nextInt(ONE_LONG_IN) == 0 ? 3000 : 400;
        return random.nextLong(5, longest) * MS;
    }

    private void begin() {
        tokens.mark(round, 0);
        parameters.mark(round, 0);
        Placement wide = SparsePlans.randomWide(topology, EXPERTS, 0.5, new SplittableRandom(seed + round));
        TransferPlan plan =
                SparsePlans.plan(topology, wide, round % 2 == 0 ? SparsePlans.Shape.STAR : SparsePlans.Shape.CHAIN);
        MemorySegment[] chunks = new MemorySegment[EXPERTS];
        for (int e : wide.heldBy(rank)) {
            chunks[e] = wide.owner(e) == rank ? filled(100 * round + e) : Floats.room(FLOATS);
        }
        MemorySegment sum = filled(round + rank);
        int size = topology.rankCount();
        long[] bytes = new long[size];
        Arrays.fill(bytes, 4L * FLOATS);
        MemorySegment send = Floats.room(size * FLOATS);
        for (int peer = 0; peer < size; peer++) {
            send.asSlice(bytes[0] * peer, bytes[0]).copyFrom(filled(sent(rank, peer)));
        }
        MemorySegment received = Floats.room(size * FLOATS);
        List<Handle> handles = new ArrayList<>();
        handles.add(parameters.sparseAllGather(plan, chunks, 4L * FLOATS));
        handles.add(tokens.allReduce(sum));
        handles.add(tokens.allToAllV(send, bytes, received, bytes));
        running = new Round(handles, wide, chunks, sum, received);
    }

    private int sent(int source, int target) {
        return 1000 * source + 10 * target + round;
    }

    private void end() {
        running.handles().forEach(Handle::await);
        int size = topology.rankCount();
        for (int e : running.wide().heldBy(rank)) {
            holds(running.chunks()[e], 100 * round + e, "chunk " + e);
        }
        holds(running.sum(), size * round + size * (size - 1) / 2, "sum");
        for (int peer = 0; peer < size; peer++) {
            holds(
                    running.received().asSlice(4L * FLOATS * peer, 4L * FLOATS),
                    sent(peer, rank),
                    "rows of rank " + peer);
        }
        running = null;
        round++;
    }

    private static MemorySegment filled(int value) {
        float[] values = new float[FLOATS];
        Arrays.fill(values, value);
        return Floats.of(values);
    }

    private void holds(MemorySegment segment, int value, String what) {
        float[] found = Floats.read(segment);
        for (float each : found) {
            if (each != value) {
                throw new AssertionError(what + " of round " + round + " on rank " + rank + ": expected all " + value
                        + ", found " + Arrays.toString(found));
            }
        }
    }
}
