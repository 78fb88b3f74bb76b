package io.witan.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class FiguresTest {
    @Property(tries = 500)
    void shouldRoundToTwoDigits(@ForAll @LongRange(min = 1, max = Long.MAX_VALUE / 16) long value) {
        assertThat(Figures.roundUp(value)).isEqualTo(rounded(value, RoundingMode.UP));
        assertThat(Figures.roundDown(value)).isEqualTo(rounded(value, RoundingMode.DOWN));
    }

    private static long rounded(long value, RoundingMode mode) {
        return new BigDecimal(value).round(new MathContext(2, mode)).longValueExact();
    }

    @Test
    void shouldKeepNothingAndTakeTheMiddle() {
        assertThat(Figures.roundUp(0)).isZero();
        assertThat(Figures.roundDown(0)).isEqualTo(1);
        assertThat(Figures.median(new long[] {9, 1, 5})).isEqualTo(5);
    }
}
