package io.witan.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DispatchPlanTest {
    @Test
    void shouldSumRowsOverExpertsAndCompareByContent() {
        DispatchPlan plan = new DispatchPlan(new int[][][] {{{1, 2}, {0, 4}}, {{8, 16}, {32, 64}}});

        assertThat(plan.rankCount()).isEqualTo(2);
        assertThat(plan.expertCount()).isEqualTo(2);
        assertThat(plan.rows(0, 0)).isEqualTo(1);
        assertThat(plan.rows(0, 1)).isEqualTo(6);
        assertThat(plan.rows(1, 0)).isEqualTo(40);
        assertThat(plan.rows(1, 1)).isEqualTo(80);
        assertThat(plan)
                .isEqualTo(new DispatchPlan(new int[][][] {{{1, 2}, {0, 4}}, {{8, 16}, {32, 64}}}))
                .isNotEqualTo(new DispatchPlan(new int[][][] {{{1, 2}, {0, 4}}, {{8, 16}, {32, 65}}}));
    }
}
