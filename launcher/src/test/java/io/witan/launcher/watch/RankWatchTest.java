package io.witan.launcher.watch;

import static io.witan.launcher.watch.Steps.step;
import static io.witan.launcher.watch.Steps.withRanks;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.train.RankFigures;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankWatchTest {
    private static final Placement COPIED =
            Placement.ofOwners(new int[] {0, 1}, 2).with(new int[][] {{1}});

    private final RankWatch watch = new RankWatch(2, 100, rank -> "n" + rank, false);

    private static StepResult result(long step, double slow) {
        return withRanks(
                step(step, new long[][] {{3, 1}}, List.of(COPIED)),
                new RankFigures(0.01, 0.002, 100, 1000),
                new RankFigures(0.01 * slow, 0.001, 200, 2000));
    }

    @Test
    void aStragglerIsNamedOnceWithNodeFactorAndLoad() {
        List<String> said = new ArrayList<>();
        for (int step = 1; step <= 60; step++) {
            said.addAll(watch.stragglers(result(step, 1.5)));
        }
        assertThat(said)
                .containsExactly(
                        "straggler: rank 1 on node n1 needs 1.50 times as long as the median rank for its own work"
                                + " (15.0 ms a step against 10.0 ms, median of steps 1 to 20); its experts have 0.50 times the mean load");
        said.clear();
        for (int step = 61; step <= 100; step++) {
            said.addAll(watch.stragglers(result(step, 1)));
        }
        assertThat(said)
                .containsExactly("no straggler any more: rank 1 on node n1 needs 1.00 times as long as the median rank"
                        + " (10.0 ms a step against 10.0 ms, median of steps 56 to 75)");
    }

    @Test
    void aNewProcessAmongOthersHasTimeToGetWarm() {
        RankWatch afterLoss = new RankWatch(2, 400, rank -> "n" + rank, true);
        List<String> said = new ArrayList<>();
        for (int step = 1; step <= 100; step++) {
            said.addAll(afterLoss.stragglers(result(step, 2)));
        }
        assertThat(said).isEmpty();
        for (int step = 101; step <= 140; step++) {
            said.addAll(afterLoss.stragglers(result(step, 2)));
        }
        assertThat(said).singleElement().asString().contains("2.00 times", "median of steps 101 to 120");
    }

    @Test
    void linesComeNowAndThenAndAtTheEnd() {
        RankMetrics first = watch.line(result(1, 2)).orElseThrow();
        assertThat(first.step()).isEqualTo(1);
        assertThat(first.ranks())
                .containsExactly(
                        new RankMetrics.OfRank(10, 2, 100, 1000, 1.5, 0),
                        new RankMetrics.OfRank(20, 1, 200, 2000, 0.5, 1));
        assertThat(watch.line(result(2, 2))).isEmpty();
        assertThat(watch.line(result(100, 2))).isPresent();
    }

    @Test
    void stepsWithoutFiguresSayNothing() {
        StepResult without = step(1, new long[][] {{3, 1}}, List.of(COPIED));
        assertThat(watch.line(without)).isEmpty();
        assertThat(watch.stragglers(without)).isEmpty();
    }
}
