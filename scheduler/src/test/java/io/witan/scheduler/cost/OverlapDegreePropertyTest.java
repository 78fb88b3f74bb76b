package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class OverlapDegreePropertyTest {
    @Property
    void equalsTheExactQuotient(
            @ForAll @LongRange(min = 0) long ns,
            @ForAll @LongRange(min = 1) long speed,
            @ForAll @LongRange(min = 1, max = 1L << 40) long bytes,
            @ForAll @IntRange(min = 1, max = 1000) int experts) {
        BigInteger expected = new BigDecimal(ns)
                .multiply(new BigDecimal(speed))
                .movePointLeft(9)
                .divide(new BigDecimal(bytes), 0, RoundingMode.FLOOR)
                .toBigInteger()
                .min(BigInteger.valueOf(experts));

        assertThat(OverlapDegree.of(ns, speed, bytes, experts)).isEqualTo(expected.intValueExact());
    }
}
