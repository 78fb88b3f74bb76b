package io.witan.scheduler.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftWatchTest {
    private static final int WINDOW = 10;
    private static final double TOLERANCE = 0.1;

    private final Random random = new Random(3);

    @Test
    void shouldSayOnceThatTimesHaveChanged() {
        DriftWatch watch = DriftWatch.againstFirst(5, WINDOW, TOLERANCE);
        assertThat(drifts(watch, 5, 40)).as("warm-up").isEmpty();
        assertThat(drifts(watch, 200, 10)).as("like the first").isEmpty();

        List<Drift> slower = drifts(watch, 200, 13);
        assertThat(slower).hasSize(1);
        assertThat(slower.getFirst().relative()).isCloseTo(0.3, within(0.02));
        assertThat(drifts(watch, 200, 13)).as("as slow as since then").isEmpty();

        List<Drift> faster = drifts(watch, 200, 9);
        assertThat(faster).hasSize(1);
        assertThat(faster.getFirst().relative()).isCloseTo(-4.0 / 13, within(0.02));
    }

    @Test
    void shouldJudgeTimesByALine() {
        List<Sample> samples = new ArrayList<>();
        for (int size = 1; size <= 10; size++) {
            samples.add(new Sample(size, 1 + size + 0.01 * random.nextGaussian()));
        }
        DriftWatch watch = DriftWatch.against(LinearFit.of(samples), WINDOW, TOLERANCE);
        List<Drift> drifts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int size = 1 + random.nextInt(10);
            watch.observe(new Sample(size, 1 + size + 0.01 * random.nextGaussian()))
                    .ifPresent(drifts::add);
        }
        assertThat(drifts).as("other sizes, the same line").isEmpty();
        for (int i = 0; i < WINDOW; i++) {
            int size = 1 + random.nextInt(10);
            watch.observe(new Sample(size, 1.5 * (1 + size))).ifPresent(drifts::add);
        }
        assertThat(drifts).hasSize(1);
    }

    @Test
    void shouldRefuseWhatCannotBeJudged() {
        assertThatThrownBy(() -> DriftWatch.againstFirst(0, 1, TOLERANCE)).hasMessageContaining("1 timings");
        assertThatThrownBy(() -> DriftWatch.againstFirst(0, WINDOW, 0)).hasMessageContaining("tolerance 0.0");
    }

    private List<Drift> drifts(DriftWatch watch, int timings, double ms) {
        List<Drift> drifts = new ArrayList<>();
        for (int i = 0; i < timings; i++) {
            watch.observe(new Sample(1, ms * (1 + 0.02 * random.nextGaussian())))
                    .ifPresent(drifts::add);
        }
        return drifts;
    }
}
