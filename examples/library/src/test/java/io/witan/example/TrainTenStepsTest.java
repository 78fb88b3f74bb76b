package io.witan.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrainTenStepsTest {
    @Test
    void shouldLearnToCount() {
        List<Double> losses = TrainTenSteps.train(10);

        assertThat(losses).hasSize(10);
        assertThat(losses.getFirst()).isBetween(3.2, 3.8);
        assertThat(losses.getLast()).isLessThan(2.5);
    }
}
