package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Seeded schedules of lost, late, overtaken and doubled frames: every rank ends, with the right bytes. */
class FaultScheduleTest {
    private static final int SCHEDULES = 300;
    private static final int DEATHS = 16;
    private static final int DEATHS_AT_ONCE = 4;
    /** A rank that does not run for half of it is taken for dead. */
    private static final Duration DEATH_DEADLINE = Duration.ofMillis(4800);

    private static final int STEPS = 2;
    private static final int FLOATS = 200;
    private static final Topology[] TOPOLOGIES = {
        Topology.of(2), Topology.of(1, 1), Topology.of(3), Topology.of(2, 2), Topology.of(1, 2, 1)
    };

    @Test
    void shouldGiveTheSameBytesUnderEverySchedule() {
        Map<Topology, List<String>> expected = new HashMap<>();
        long retransmitted = 0;
        long duplicates = 0;
        long reordered = 0;
        for (int seed = 0; seed < SCHEDULES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Topology topology = TOPOLOGIES[random.nextInt(TOPOLOGIES.length)];
            FaultPlan plan = randomPlan(seed, topology, random);
            InMemoryNetwork network = InMemoryNetwork.faulty(topology, plan);

            List<String> digests = Ranks.run(network, group -> Workload.digest(group, STEPS, FLOATS));

            assertThat(digests)
                    .as("seed %d: %s", seed, plan)
                    .isEqualTo(expected.computeIfAbsent(
                            topology, t -> Ranks.run(t, group -> Workload.digest(group, STEPS, FLOATS))));
            retransmitted += network.counts().retransmitted();
            duplicates += network.counts().duplicates();
            reordered += network.counts().reordered();
        }
        assertThat(retransmitted).isGreaterThan(SCHEDULES);
        assertThat(duplicates).isGreaterThan(SCHEDULES);
        assertThat(reordered).isGreaterThan(SCHEDULES);
    }

    @Test
    void shouldEndWithOneVerdictWhereverARankDies() {
        for (int seed = 0; seed < DEATHS; seed += DEATHS_AT_ONCE) {
            Ranks.inParallel(IntStream.range(seed, seed + DEATHS_AT_ONCE)
                    .<Callable<Void>>mapToObj(each -> () -> endWithOneVerdict(each))
                    .toList());
        }
    }

    private static Void endWithOneVerdict(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Topology topology = TOPOLOGIES[2 + random.nextInt(3)];
        int victim = random.nextInt(topology.rankCount());
        FaultPlan plan = randomPlan(seed, topology, random).withDeath(victim, random.nextInt(60));
        InMemoryNetwork network = InMemoryNetwork.faulty(topology, plan).withDeadline(DEATH_DEADLINE);

        List<CollectiveException> verdicts = Ranks.verdicts(network, FaultScheduleTest::workUntilItFails);

        verdicts.remove(victim);
        assertThat(verdicts).as("seed %d: %s", seed, plan).doesNotContainNull();
        assertThat(verdicts.stream().map(CollectiveException::getMessage).distinct())
                .as("seed %d: %s", seed, plan)
                .hasSize(1);
        assertThat(verdicts.getFirst().rank()).as("seed %d: %s", seed, plan).isEqualTo(victim);
        return null;
    }

    private static String workUntilItFails(CommunicatorGroup group) {
        while (true) {
            Workload.digest(group, STEPS, FLOATS);
        }
    }

    private static FaultPlan randomPlan(long seed, Topology topology, SplittableRandom random) {
        FaultPlan plan = FaultPlan.seeded(seed)
                .unreliable(random.nextDouble(0.3), random.nextInt(4), random.nextDouble(0.3), random.nextDouble(0.2))
                .withFrameBytes(16 << random.nextInt(6));
        return random.nextBoolean()
                ? plan
                : plan.withSlowConsumer(random.nextInt(topology.rankCount()), 2 + random.nextInt(3));
    }
}
