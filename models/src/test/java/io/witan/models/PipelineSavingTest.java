package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.pipeline.PipelineDegrees;
import org.junit.jupiter.api.Test;

class PipelineSavingTest {
    private static final long US = 1000;

    /** An exchange takes 10 us and 90 us more, the experts 200 us forward and 400 us backward. */
    private static final LayerTime LAYER = new LayerTime(100 * US, 200 * US, 0, 0, 0, 0, 0);

    private static long saved(int forward, int backward) {
        return new PipelineSaving(new PipelineDegrees(forward, backward), false, 10 * US).ns(LAYER);
    }

    @Test
    void shouldSaveNothingOfWhatIsNotCut() {
        assertThat(saved(1, 1)).isZero();
    }

    /**
     * In halves an exchange takes 55 us. Forward: dispatched at 55 and 110, computed at 155 and 255, back at 310 where 400 was. Backward: computed
     * at 255 and 455, back at 510 where 600 was.
     */
    @Test
    void shouldHideWhatTheEventModelHides() {
        assertThat(saved(2, 1)).isEqualTo(90 * US);
        assertThat(saved(1, 2)).isEqualTo(90 * US);
        assertThat(saved(2, 2)).isEqualTo(180 * US);
    }

    /** Backward: dispatched at 100, rows at 300, back at 400; weights are there at 500 where 600 was. */
    @Test
    void shouldHideACombineBehindGradientsOfWeights() {
        assertThat(new PipelineSaving(PipelineDegrees.SERIAL, true, 10 * US).ns(LAYER))
                .isEqualTo(100 * US);
    }

    @Test
    void shouldPayTheStartUpOfEachMessage() {
        LayerTime small = new LayerTime(10 * US, US, 0, 0, 0, 0, 0);

        assertThat(new PipelineSaving(new PipelineDegrees(8, 8), false, 10 * US).ns(small))
                .isNegative();
    }
}
