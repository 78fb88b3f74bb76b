package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossTest {
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.2, 0.999})
    void shouldTakeAShare(double rate) {
        assertThat(new Loss(rate, 1).rate()).isEqualTo(rate);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.01, 1, 20, Double.NaN})
    void shouldRefuseWhatIsNoShare(double rate) {
        assertThatThrownBy(() -> new Loss(rate, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("loss rate " + rate + " is not a share in [0, 1)");
    }
}
