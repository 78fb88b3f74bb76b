package io.witan.scheduler.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class LaneGraphPropertyTest {
    private static final double ROUNDING = 1e-9;

    private record Task(Lane lane, double ms, int[] after) {}

    @Property(tries = 300)
    void aRunKeepsOrderAndLanesAndIsNeitherTooShortNorTooLong(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int count,
            @ForAll @DoubleRange(max = 1) double factor) {
        List<Task> tasks = tasks(seed, count);
        LaneGraph graph = graph(tasks, seed);
        LaneRun run = graph.run(Contention.uniform(factor));
        double[] earliest = new double[count];
        double[] busy = new double[Lane.values().length];
        double all = 0;
        double path = 0;
        for (int i = 0; i < count; i++) {
            Task task = tasks.get(i);
            for (int before : task.after()) {
                assertThat(run.startMs(i)).isGreaterThanOrEqualTo(run.endMs(before));
                earliest[i] = Math.max(earliest[i], earliest[before]);
            }
            earliest[i] += task.ms();
            path = Math.max(path, earliest[i]);
            busy[task.lane().ordinal()] += task.ms();
            all += task.ms();
            assertThat(run.endMs(i) - run.startMs(i)).isGreaterThanOrEqualTo(task.ms() - ROUNDING);
            for (int j = 0; j < i; j++) {
                if (tasks.get(j).lane() == task.lane()) {
                    assertThat(run.endMs(i) <= run.startMs(j) || run.endMs(j) <= run.startMs(i))
                            .isTrue();
                }
            }
        }
        double least = Math.max(path, Math.max(busy[0], Math.max(busy[1], busy[2])));
        assertThat(run.makespanMs()).isBetween(least - ROUNDING, all + ROUNDING);
        assertThat(graph.serialMs()).isCloseTo(all, within(ROUNDING));
    }

    @Property(tries = 100)
    void fullContentionIsOneAfterTheOther(@ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int count) {
        List<Task> tasks = tasks(seed, count);
        double all = tasks.stream().mapToDouble(Task::ms).sum();
        assertThat(graph(tasks, seed).run(Contention.uniform(1)).makespanMs()).isCloseTo(all, within(ROUNDING));
    }

    private static List<Task> tasks(long seed, int count) {
        Random random = new Random(seed);
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int before = i;
            int[] after = random.ints(random.nextInt(3), 0, Math.max(1, i))
                    .filter(task -> task < before)
                    .distinct()
                    .toArray();
            tasks.add(new Task(Lane.values()[random.nextInt(3)], random.nextInt(5) * random.nextDouble(), after));
        }
        return tasks;
    }

    private static LaneGraph graph(List<Task> tasks, long seed) {
        Random random = new Random(~seed);
        LaneGraph graph = new LaneGraph();
        for (Task task : tasks) {
            graph.add(task.lane(), task.ms(), random.nextInt(4), task.after());
        }
        return graph;
    }
}
