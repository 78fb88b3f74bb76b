package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.engine.Engine;
import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Some time of a cluster, on a simulated clock and in one thread, so that a seed gives the same each time. Frames are lost, late,
 * doubled and overtaken; ranks are slow. In each epoch one rank may be killed, or stand still for a while; when it was too
 * long, all others must agree on who it was, and a new epoch begins with a rank in its place.
 */
final class SimulatedCluster {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;
    private static final Duration DEADLINE = Duration.ofSeconds(8);
    /** A rank may stand still for so long, and nobody minds. */
    private static final long HARMLESS_NS = 3 * SECOND;
    /** From the last sign of life to the verdict: silence of half the deadline, a quarter for agreement, a computation before. */
    private static final long VERDICT_NS = 12 * SECOND;

    private static final Topology[] TOPOLOGIES = {
        Topology.of(2), Topology.of(1, 1), Topology.of(3), Topology.of(2, 2), Topology.of(1, 2, 1), Topology.of(4, 4)
    };

    private final long seed;
    private final SplittableRandom random;
    private final Topology topology;
    private final FaultPlan faults;
    private final Totals totals = new Totals();
    private long nowNs;

    /** What happened. */
    static final class Totals {
        long simulatedNs;
        long epochs;
        long deaths;
        long stops;
        long pauses;
        long rounds;
        long lostFrames;

        @Override
        public String toString() {
            return String.format(
                    "%.2f h; %d epochs, %d deaths, %d stops, %d pauses, %d rounds, %d frames lost",
                    simulatedNs / 3.6e12, epochs, deaths, stops, pauses, rounds, lostFrames);
        }

        void add(Totals other) {
            simulatedNs += other.simulatedNs;
            epochs += other.epochs;
            deaths += other.deaths;
            stops += other.stops;
            pauses += other.pauses;
            rounds += other.rounds;
            lostFrames += other.lostFrames;
        }
    }

    private enum Incident {
        NONE,
        /** Shorter than anybody minds. */
        PAUSE,
        /** So long that the others give the rank up. */
        STOP,
        DEATH
    }

    SimulatedCluster(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.topology = TOPOLOGIES[random.nextInt(TOPOLOGIES.length)];
        FaultPlan plan = FaultPlan.seeded(seed)
                .unreliable(random.nextDouble(0.2), random.nextInt(4), random.nextDouble(0.2), random.nextDouble(0.2))
                .withFrameBytes(64 << random.nextInt(4));
        this.faults = random.nextBoolean()
                ? plan
                : plan.withSlowConsumer(random.nextInt(topology.rankCount()), 2 + random.nextInt(2));
    }

    Totals run(Duration simulated) {
        while (nowNs < simulated.toNanos()) {
            epoch();
            totals.epochs++;
        }
        totals.simulatedNs = nowNs;
        return totals;
    }

    private void epoch() {
        int size = topology.rankCount();
        InMemoryNetwork network = InMemoryNetwork.faulty(topology, faults);
        long epochSeed = seed * 1_000_003 + totals.epochs;
        List<SimulatedRank> ranks = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            Members members = Members.world(totals.epochs, rank, topology);
            Origin origin = network.withDeadline(DEADLINE).origin(rank, 0, DEADLINE);
            Engine engine = new Engine(
                    origin.world(), network.transport(rank), Waiting.of(Idle.BACKOFF), () -> false, () -> nowNs);
            ranks.add(new SimulatedRank(engine, members, epochSeed, nowNs));
        }
        Incident incident = Incident.values()[random.nextInt(Incident.values().length)];
        int victim = random.nextInt(size);
        long beginNs = nowNs + random.nextLong(SECOND, 20 * SECOND);
        long endNs = beginNs + standstill(incident);
        long overNs = Math.max(endNs, beginNs) + 10 * SECOND;
        if (incident == Incident.STOP || incident == Incident.DEATH) {
            overNs = beginNs + VERDICT_NS;
        }
        while (nowNs < overNs && !haveVerdicts(ranks, victim)) {
            boolean still = nowNs >= beginNs && nowNs < endNs;
            turn(ranks, still ? victim : -1);
        }
        judge(incident, ranks, victim);
        totals.lostFrames += network.counts().lost();
        for (SimulatedRank rank : ranks) {
            totals.rounds += rank.rounds();
            rank.discard();
        }
    }

    private long standstill(Incident incident) {
        return switch (incident) {
            case NONE -> 0;
            case PAUSE -> random.nextLong(100 * MS, HARMLESS_NS);
            case STOP -> random.nextLong(DEADLINE.toNanos(), 20 * SECOND);
            case DEATH -> Long.MAX_VALUE / 2;
        };
    }

    /** Every rank but one that stands still takes a step, in any order; then time goes on. */
    private void turn(List<SimulatedRank> ranks, int still) {
        int size = ranks.size();
        int first = random.nextInt(size);
        int work = 0;
        boolean allCompute = true;
        for (int i = 0; i < size; i++) {
            int rank = (first + i) % size;
            if (rank != still) {
                work += ranks.get(rank).step(nowNs);
                allCompute &= ranks.get(rank).computes();
            }
        }
        nowNs += work > 0 ? MS / 20 : allCompute ? 10 * MS : 2 * MS;
    }

    private static boolean haveVerdicts(List<SimulatedRank> ranks, int victim) {
        for (int rank = 0; rank < ranks.size(); rank++) {
            if (rank != victim && ranks.get(rank).verdict() == null) {
                return false;
            }
        }
        return true;
    }

    private void judge(Incident incident, List<SimulatedRank> ranks, int victim) {
        switch (incident) {
            case NONE -> {}
            case PAUSE -> totals.pauses++;
            case STOP -> totals.stops++;
            case DEATH -> totals.deaths++;
        }
        boolean harmless = incident == Incident.NONE || incident == Incident.PAUSE;
        String expected = null;
        for (int rank = 0; rank < ranks.size(); rank++) {
            CollectiveException verdict = ranks.get(rank).verdict();
            String where = "seed " + seed + ", epoch " + totals.epochs + ", " + topology + ", " + incident + " of rank "
                    + victim + ": rank " + rank;
            if (harmless) {
                assertThat(verdict).as(where).isNull();
                assertThat(ranks.get(rank).rounds()).as(where).isPositive();
            } else if (rank != victim) {
                assertThat(verdict).as(where).isNotNull();
                assertThat(verdict.rank()).as(where).isEqualTo(victim);
                expected = expected == null ? verdict.getMessage() : expected;
                assertThat(verdict).as(where).hasMessage(expected);
            }
        }
    }
}
