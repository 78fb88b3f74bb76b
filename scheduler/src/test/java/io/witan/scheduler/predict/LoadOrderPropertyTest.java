package io.witan.scheduler.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.Worlds;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class LoadOrderPropertyTest {
    @Provide
    Arbitrary<long[]> loads() {
        return Arbitraries.integers().between(1, 40).flatMap(Worlds::loads);
    }

    @Property(tries = 600)
    void ordersAsAStableLibrarySort(@ForAll("loads") long[] load) {
        Comparator<Integer> byLoad = Comparator.comparingLong(e -> -load[e]);
        int[] expected = IntStream.range(0, load.length)
                .boxed()
                .sorted(byLoad.thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();

        assertThat(LoadOrder.descending(load)).isEqualTo(expected);
    }

    @Property
    void comparesRatiosExactly(
            @ForAll @LongRange(min = 0) long a,
            @ForAll @LongRange(min = 1) long sharesA,
            @ForAll @LongRange(min = 0) long b,
            @ForAll @LongRange(min = 1) long sharesB) {
        int expected = BigInteger.valueOf(a)
                .multiply(BigInteger.valueOf(sharesB))
                .compareTo(BigInteger.valueOf(b).multiply(BigInteger.valueOf(sharesA)));

        assertThat(Integer.signum(LoadOrder.compareRatios(a, sharesA, b, sharesB)))
                .isEqualTo(expected);
    }

    @Example
    void refusesWhatIsNoLoad() {
        assertThatThrownBy(() -> LoadOrder.checkedTotal(new long[] {1}, 2)).hasMessage("1 loads for 2 experts");
        assertThatThrownBy(() -> LoadOrder.checkedTotal(new long[] {1, -1}, 2))
                .hasMessageContaining("load of expert 1 is -1");
        assertThatThrownBy(() -> LoadOrder.checkedTotal(new long[] {1, Long.MAX_VALUE}, 2))
                .hasMessageContaining("sum over the layer of 2^63-1");
        assertThat(LoadOrder.checkedTotal(new long[] {1, 2}, 2)).isEqualTo(3);
    }
}
