package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/**
 * Seeded schedules of lost, late, overtaken and doubled frames, slow consumers and deaths: every rank ends, with the right
 * bytes or with the verdict that names the dead one. {@code -Dwitan.schedules=N} runs N of them, {@code -Dwitan.schedule=SEED}
 * that one.
 */
class FaultScheduleTest {
    private static final int DEFAULT_SCHEDULES = 2_000;
    private static final int AT_ONCE = 12;
    /** Survivors wait for the silence of a dead rank, so that these take long. */
    private static final int ONE_DEATH_IN = 200;
    /** A rank that does not run for half of it is taken for dead. */
    private static final Duration DEATH_DEADLINE = Duration.ofMillis(4800);

    private static final int STEPS = 2;
    private static final int FLOATS = 60;
    private static final Topology[] TOPOLOGIES = {
        Topology.of(2), Topology.of(1, 1), Topology.of(3), Topology.of(2, 2), Topology.of(1, 2, 1)
    };

    private final Map<Topology, List<String>> expected = new ConcurrentHashMap<>();
    private final LongAdder deaths = new LongAdder();
    private final LongAdder slowConsumers = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder retransmitted = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder reordered = new LongAdder();

    @Test
    void shouldEndRightUnderEverySchedule() throws InterruptedException {
        Integer single = Integer.getInteger("witan.schedule");
        int first = single == null ? 0 : single;
        int count = single == null ? Integer.getInteger("witan.schedules", DEFAULT_SCHEDULES) : 1;
        for (Topology topology : TOPOLOGIES) {
            expected.put(topology, Ranks.run(topology, group -> Workload.digest(group, STEPS, FLOATS)));
        }
        long startNs = System.nanoTime();

        List<String> failures = failures(first, count);

        System.out.printf(
                "%d fault schedules from seed %d in %.1f s: %d with a death, %d with a slow consumer; of %d frames sent"
                        + " %d lost, %d sent again, %d came twice, %d overtaken; %d failures%n",
                count,
                first,
                (System.nanoTime() - startNs) / 1e9,
                deaths.sum(),
                slowConsumers.sum(),
                sent.sum(),
                lost.sum(),
                retransmitted.sum(),
                duplicates.sum(),
                reordered.sum(),
                failures.size());
        assertThat(failures).isEmpty();
        if (count > ONE_DEATH_IN) {
            assertThat(deaths.sum()).isPositive();
            assertThat(List.of(slowConsumers.sum(), retransmitted.sum(), duplicates.sum(), reordered.sum()))
                    .allSatisfy(each -> assertThat(each).isGreaterThan(count / 4));
        }
    }

    private List<String> failures(int first, int count) throws InterruptedException {
        List<String> failures = new ArrayList<>();
        try (ExecutorService slots = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<Void>> futures = new ArrayList<>();
            for (int seed = first; seed < first + count; seed++) {
                futures.add(slots.submit(schedule(seed)));
            }
            for (int i = 0; i < count; i++) {
                try {
                    futures.get(i).get();
                } catch (ExecutionException failed) {
                    failures.add("replay with -Dwitan.schedule=" + (first + i) + ": " + failed.getCause());
                }
            }
        }
        return failures;
    }

    private Callable<Void> schedule(int seed) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            Topology topology = TOPOLOGIES[random.nextInt(TOPOLOGIES.length)];
            FaultPlan plan = randomPlan(seed, topology, random);
            slowConsumers.add(plan.slowConsumers().size());
            if (random.nextInt(ONE_DEATH_IN) == 0) {
                deaths.increment();
                int victim = random.nextInt(topology.rankCount());
                endsWithOneVerdict(topology, plan.withDeath(victim, random.nextInt(60)), victim);
            } else {
                givesTheSameBytes(topology, plan);
            }
            return null;
        };
    }

    private void givesTheSameBytes(Topology topology, FaultPlan plan) {
        InMemoryNetwork network = InMemoryNetwork.faulty(topology, plan);

        List<String> digests = Ranks.run(network, group -> Workload.digest(group, STEPS, FLOATS));

        assertThat(digests).as("%s: %s", topology, plan).isEqualTo(expected.get(topology));
        sent.add(network.counts().sent());
        lost.add(network.counts().lost());
        retransmitted.add(network.counts().retransmitted());
        duplicates.add(network.counts().duplicates());
        reordered.add(network.counts().reordered());
    }

    private static void endsWithOneVerdict(Topology topology, FaultPlan plan, int victim) {
        InMemoryNetwork network = InMemoryNetwork.faulty(topology, plan).withDeadline(DEATH_DEADLINE);

        List<CollectiveException> verdicts = Ranks.verdicts(network, FaultScheduleTest::workUntilItFails);

        verdicts.remove(victim);
        assertThat(verdicts).as("%s: %s", topology, plan).doesNotContainNull();
        assertThat(verdicts.stream().map(CollectiveException::getMessage).distinct())
                .as("%s: %s", topology, plan)
                .hasSize(1);
        assertThat(verdicts.getFirst().rank()).as("%s: %s", topology, plan).isEqualTo(victim);
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
