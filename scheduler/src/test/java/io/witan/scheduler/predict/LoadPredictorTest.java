package io.witan.scheduler.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadPredictorTest {
    @Test
    void shouldPredictNothingFromNothing() {
        assertThat(new LoadPredictor(2, 3, 5).predict()).isEqualTo(new long[2][3]);
        assertThat(new LoadPredictor(2, 3, 5).history()).isEmpty();
    }

    @Test
    void shouldSumTheLastSamplesOnly() {
        LoadPredictor predictor = new LoadPredictor(1, 2, 2);

        predictor.record(new long[][] {{100, 100}});
        predictor.record(new long[][] {{1, 2}});
        predictor.record(new long[][] {{10, 20}});

        assertThat(predictor.predict()).isEqualTo(new long[][] {{11, 22}});
    }

    @Test
    void shouldCopyOnTheWayInAndOut() {
        LoadPredictor predictor = new LoadPredictor(1, 1, 2);
        long[][] sample = {{7}};
        predictor.record(sample);

        sample[0][0] = 1;
        predictor.predict()[0][0] = 2;
        predictor.history().getFirst()[0][0] = 3;

        assertThat(predictor.predict()).isEqualTo(new long[][] {{7}});
        assertThat(predictor.history()).singleElement().isEqualTo(new long[][] {{7}});
    }

    @Test
    void shouldRefuseABadSampleAsAWhole() {
        LoadPredictor predictor = new LoadPredictor(2, 2, 2);

        assertThatThrownBy(() -> predictor.record(new long[][] {{1, 1}, {1, -1}}))
                .hasMessageContaining("layer 1, expert 1: load -1, allowed 0..");
        assertThatThrownBy(() -> predictor.record(new long[][] {{1, 1}, {1, Long.MAX_VALUE}}))
                .hasMessageContaining("layer 1, expert 1: load 9223372036854775807");
        assertThatThrownBy(() -> predictor.record(new long[][] {{1, 1}})).hasMessageContaining("1 layers, expected 2");
        assertThatThrownBy(() -> predictor.record(new long[][] {{1, 1}, {1}}))
                .hasMessageContaining("layer 1 has loads of 1 experts, expected 2");
        assertThatThrownBy(() -> new LoadPredictor(1, 1, 0)).hasMessageContaining("at least 1");
        assertThat(predictor.predict()).isEqualTo(new long[2][2]);
        assertThat(predictor.history()).isEmpty();
    }

    @Test
    void shouldMeasureThePredictionError() {
        assertThat(LoadPredictor.predictionError(new long[] {1, 1, 2}, new long[] {10, 10, 20}))
                .isZero();
        assertThat(LoadPredictor.predictionError(new long[] {3, 1}, new long[] {1, 1}))
                .isCloseTo(0.25, within(1e-15));
        assertThat(LoadPredictor.predictionError(new long[] {5, 0}, new long[] {0, 9}))
                .isEqualTo(1);
        assertThat(LoadPredictor.predictionError(new long[2], new long[2])).isZero();
        assertThat(LoadPredictor.predictionError(new long[2], new long[] {0, 1}))
                .isEqualTo(1);
        assertThatThrownBy(() -> LoadPredictor.predictionError(new long[1], new long[2]))
                .hasMessage("1 loads for 2 experts");
    }

    @Test
    void shouldKeepTheNewestOfALongerHistory() {
        LoadPredictor resumed =
                LoadPredictor.resume(1, 1, 2, List.of(new long[][] {{1}}, new long[][] {{2}}, new long[][] {{4}}));

        assertThat(resumed.predict()).isEqualTo(new long[][] {{6}});
        assertThat(resumed.history()).hasSize(2);
    }
}
