package io.witan.runtime.moe.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NormalNoiseTest {
    private static final int COUNT = 100_000;

    @Test
    void shouldBeStandardNormal() {
        NormalNoise noise = new NormalNoise(4);
        double[] moments = new double[5];
        for (int i = 0; i < COUNT; i++) {
            double x = noise.at(i % 7, i / 7, i % 5);
            for (int m = 1; m < moments.length; m++) {
                moments[m] += Math.pow(x, m) / COUNT;
            }
        }
        // Five deviations of each mean.
        assertThat(moments[1]).isCloseTo(0, within(5 / Math.sqrt(COUNT)));
        assertThat(moments[2]).isCloseTo(1, within(5 * Math.sqrt(2.0 / COUNT)));
        assertThat(moments[3]).isCloseTo(0, within(5 * Math.sqrt(15.0 / COUNT)));
        assertThat(moments[4]).isCloseTo(3, within(5 * Math.sqrt(96.0 / COUNT)));
    }

    @Test
    void shouldDifferBySeedStepTokenAndExpert() {
        NormalNoise noise = new NormalNoise(4);
        double[] others = {
            new NormalNoise(5).at(1, 2, 3), noise.at(2, 2, 3), noise.at(1, 3, 3), noise.at(1, 2, 4), noise.at(2, 1, 3)
        };

        assertThat(others).doesNotContain(noise.at(1, 2, 3)).doesNotHaveDuplicates();
        assertThat(new NormalNoise(4).at(1, 2, 3)).isEqualTo(noise.at(1, 2, 3));
    }
}
