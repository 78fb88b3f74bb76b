package io.witan.scheduler.gradient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.pipeline.ChunkTimes;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfiledBackwardTest {
    /** One message of 2 ms each way, experts of 6 ms: the network idles for those 6. */
    private static final ChunkTimes MOE = new ChunkTimes(1, 2, 0, 6, 0);

    /** Attention takes 1.5 ms, an all-reduce 1 ms and 1 ms a kilobyte. */
    private static LayerProfile profile(double contention) {
        LinearFit none = new LinearFit(LinearTime.ZERO, 1, 0, 3);
        LinearFit allReduce = new LinearFit(new LinearTime(1, 1e-3), 1, 0, 3);
        return new LayerProfile(
                List.of(new CollectiveLines(Reach.ALL, none, none, none, allReduce)),
                1.5,
                none,
                none,
                none,
                contention);
    }

    @Test
    void shouldFillWindowsAndLeaveTheRestToTheEnd() {
        GradientProblem problem = ProfiledBackward.problem(profile(0), MOE, List.of(8000L, 4000L, 9600L));
        GradientPlan greedy = GradientPlanner.greedy(problem);

        // 6 ms hide 5000 B, twice 1.5 ms hide 2000 B; the newest go first.
        assertThat(GradientWindows.of(greedy, 4).bytes()).containsExactly(4992L, 2000L, 4992L, 16L);
        assertThat(problem.totalBytes()).isEqualTo(21_600);
    }

    @Test
    void shouldHideNothingForFreeWhereLanesSlowEachOther() {
        GradientProblem problem = ProfiledBackward.problem(profile(0.5), MOE, List.of(8000L, 4000L, 9600L));

        assertThat(GradientWindows.of(GradientPlanner.greedy(problem), 4).totalBytes())
                .isZero();
        GradientPlan plan = GradientPlanner.plan(problem);
        assertThat(GradientWindows.of(plan, 4).totalBytes()).isPositive();
        assertThat(plan.exposedMs()).isLessThan(problem.allReduce().ms(problem.totalBytes()));
    }

    @Test
    void shouldTakeTurnsWhereNothingIsGainedByOverlap() {
        GradientProblem problem = ProfiledBackward.problem(profile(1), MOE, List.of(8000L, 4000L, 9600L));

        assertThat(GradientPlanner.plan(problem).exposedMs())
                .isCloseTo(problem.allReduce().ms(problem.totalBytes()), within(1e-9));
    }

    @Test
    void shouldRefuseWindowsThatNoPlanHas() {
        assertThatThrownBy(() -> new GradientWindows(List.of(16L, 8L)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("window of 8 B");
        assertThatThrownBy(() -> new GradientWindows(List.of(-16L))).hasMessageContaining("-16 B");
        assertThatThrownBy(() -> ProfiledBackward.problem(profile(0), MOE, List.of(1L)))
                .hasMessageContaining("1 groups");
        assertThat(new GradientWindows(List.of(16L)).bytesOf(1)).isZero();
    }
}
