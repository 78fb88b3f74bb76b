package io.witan.runtime.moe.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LoadBiasTest {
    @Test
    void shouldMoveEachExpertTowardsTheMean() {
        LoadBias bias = new LoadBias(0.5, 4);

        bias.observe(new long[] {7, 1, 4, 4});
        bias.observe(new long[] {4, 4, 0, 8});

        assertThat(bias.values()).containsExactly(-0.5, 0.5, 0.5, -0.5);
        assertThat(bias.applyAsDouble(1)).isEqualTo(0.5);
    }

    @Test
    void shouldGoOnWithWhatItHad() {
        LoadBias bias = new LoadBias(0.5, 2);
        bias.restore(new double[] {1, -1});
        bias.observe(new long[] {0, 2});

        assertThat(bias.values()).containsExactly(1.5, -1.5);
        assertThatThrownBy(() -> bias.restore(new double[3])).hasMessage("biases of 3 experts, the gate has 2");
    }
}
