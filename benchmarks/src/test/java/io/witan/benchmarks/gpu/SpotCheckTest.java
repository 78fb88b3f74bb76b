package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpotCheckTest {
    private static SpotCheck of(double... found) {
        SpotCheck check = new SpotCheck("sum", SpotCheck.BF16);
        for (int i = 0; i < found.length; i++) {
            check.compare(i + 1.0, found[i]);
        }
        return check;
    }

    @Test
    void roundingPassesAndOneWrongElementDoesNot() {
        assertThatCode(of(1, 2, 3.001, 4)::finish).doesNotThrowAnyException();
        assertThatThrownBy(of(1, 2, 3, 4.1)::finish)
                .isInstanceOf(WrongResultException.class)
                .hasMessage("sum: relative error 1.83e-02 over 4 elements, allowed 5e-03");
    }

    @Test
    void whatIsNoNumberDoesNotPass() {
        assertThatThrownBy(of(1, Double.NaN)::finish).isInstanceOf(WrongResultException.class);
        SpotCheck zeros = new SpotCheck("zeros", SpotCheck.BF16);
        zeros.compare(0, 1e-9);
        assertThatThrownBy(zeros::finish).isInstanceOf(WrongResultException.class);
    }

    @Test
    void someHaveTheFirstAndTheLast() {
        assertThat(SpotCheck.some(1000))
                .contains(0, 999)
                .doesNotHaveDuplicates()
                .hasSizeGreaterThan(40);
        assertThat(SpotCheck.some(1)).containsExactly(0);
        assertThat(SpotCheck.some(2)).containsExactlyInAnyOrder(0, 1);
    }
}
