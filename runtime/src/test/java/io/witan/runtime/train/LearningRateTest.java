package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.train.LearningRate.Schedule;
import org.junit.jupiter.api.Test;

class LearningRateTest {
    @Test
    void shouldWarmUpInAStraightLineAndReachTheMinimumAtTheEnd() {
        for (Schedule schedule : new Schedule[] {Schedule.LINEAR, Schedule.COSINE}) {
            LearningRate rate = new LearningRate(1e-3, 1e-4, 10, 110, schedule);
            assertThat(rate.at(1)).isCloseTo(1e-4, within(1e-12));
            assertThat(rate.at(10)).isEqualTo(1e-3);
            assertThat(rate.at(60)).isCloseTo(5.5e-4, within(1e-12));
            assertThat(rate.at(110)).isCloseTo(1e-4, within(1e-12));
            assertThat(rate.at(200)).isCloseTo(1e-4, within(1e-12));
        }
    }

    @Test
    void shouldStayConstantWithoutWarmUp() {
        LearningRate rate = new LearningRate(3e-4, 0, 0, 30, Schedule.CONSTANT);

        assertThat(rate.at(1)).isEqualTo(3e-4);
        assertThat(rate.at(30)).isEqualTo(3e-4);
    }
}
