package io.witan.scheduler.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class LoadModelTest {
    private static final LoadModel.Skew UNEVEN = new LoadModel.Skew(0.5, 2, 0.3, 0.9, 0.2);

    @Test
    void everyAssignmentIsDealtAndNoTokenHasAnExpertTwice() {
        LoadModel model = new LoadModel(3, 8, UNEVEN, 7);
        for (int step = 0; step < 5; step++) {
            model.nextStep();
            for (int l = 0; l < 3; l++) {
                for (int[] row : model.counts(l, 4, 1000, 2)) {
                    assertThat(Arrays.stream(row).sum()).isEqualTo(2000);
                    assertThat(Arrays.stream(row).max().orElseThrow()).isLessThanOrEqualTo(1000);
                    assertThat(Arrays.stream(row).min().orElseThrow()).isNotNegative();
                }
            }
        }
    }

    @Test
    void theSameSeedDrawsTheSameAndAnotherSeedDoesNot() {
        assertThat(drawn(1)).isDeepEqualTo(drawn(1));
        assertThat(Arrays.deepEquals(drawn(1), drawn(2))).isFalse();
    }

    private static int[][] drawn(long seed) {
        LoadModel model = new LoadModel(2, 8, UNEVEN, seed);
        model.nextStep();
        return model.counts(1, 4, 1000, 2);
    }

    @Test
    void withoutDriftAndNoiseLoadsAreZipfInSomeOrder() {
        LoadModel model = new LoadModel(1, 4, new LoadModel.Skew(1, 1, 0, 0, 0), 3);
        int[] row = model.counts(0, 1, 25000, 1)[0];
        Arrays.sort(row);
        assertThat(row).isEqualTo(new int[] {3000, 4000, 6000, 12000});
    }

    @Test
    void badSkewsAreRefused() {
        assertThatThrownBy(() -> new LoadModel.Skew(-1, 1, 0, 0, 0)).hasMessageContaining("skew from -1.0");
        assertThatThrownBy(() -> new LoadModel.Skew(2, 1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LoadModel.Skew(0, 1, 0, 1.5, 0)).hasMessageContaining("persistence 1.5");
        assertThatThrownBy(() -> new LoadModel.Skew(Double.NaN, 1, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
