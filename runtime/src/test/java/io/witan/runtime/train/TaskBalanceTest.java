package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.engine.StepContext;
import org.junit.jupiter.api.Test;

class TaskBalanceTest {
    @Test
    void shouldGiveEachTaskItsShareWhateverItsTargets() {
        double[] factors = new TaskBalance(new double[] {1, 3}).factors(new long[] {90, 10});

        assertThat(90 * factors[0] / 100).isCloseTo(0.25, within(1e-12));
        assertThat(10 * factors[1] / 100).isCloseTo(0.75, within(1e-12));
    }

    @Test
    void shouldLeaveOutTasksWithoutTargets() {
        assertThat(TaskBalance.even(3).factors(new long[] {4, 0, 12})).containsExactly(2, 0, 2.0 / 3);
        assertThat(TaskBalance.even(2).factors(new long[2])).containsOnly(0);
    }

    @Test
    void shouldChangeNothingWhereTasksHaveEvenTargets() {
        assertThat(TaskBalance.even(2).factors(new long[] {7, 7})).containsOnly(1);
    }

    @Test
    void shouldGiveRowsTheFactorsOfTheirTasks() {
        StepContext context = new StepContext(1, 0, 16, 16, 0, 1).withTaskTargets(new long[] {4, 12});

        assertThat(TaskBalance.even(2).ofRows(new int[] {1, 0, 1}, context)).containsExactly(2.0 / 3, 2, 2.0 / 3);
    }

    @Test
    void shouldRefuseWeightsThatAreNone() {
        assertThatThrownBy(() -> new TaskBalance(new double[] {1, 0})).hasMessageContaining("above 0");
        assertThatThrownBy(() -> TaskBalance.even(2).factors(new long[3])).hasMessageContaining("3 tasks have 2");
    }
}
