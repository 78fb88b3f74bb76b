package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class WindowOrderPropertyTest {
    @Property(tries = 300)
    void everyElementComesOnce(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int count) {
        WindowOrder order = new WindowOrder(seed, count);
        BitSet seen = new BitSet();
        for (int place = 0; place < count; place++) {
            long element = order.at(place);
            assertThat(element).isBetween(0L, count - 1L);
            seen.set((int) element);
        }
        assertThat(seen.cardinality()).isEqualTo(count);
    }

    @Example
    void seedsGiveOrdersWithoutACommonPattern() {
        int count = 1000;
        int fixed = 0;
        int same = 0;
        int neighbours = 0;
        for (long seed = 0; seed < 50; seed++) {
            WindowOrder order = new WindowOrder(WindowOrder.mix(seed), count);
            WindowOrder other = new WindowOrder(WindowOrder.mix(seed + 1), count);
            for (int place = 0; place < count; place++) {
                fixed += order.at(place) == place ? 1 : 0;
                same += order.at(place) == other.at(place) ? 1 : 0;
                neighbours += place > 0 && Math.abs(order.at(place) - order.at(place - 1)) == 1 ? 1 : 0;
            }
        }
        // of 50000 places a random order has 50 fixed, 50 like another order's, and 100 beside their neighbour
        assertThat(fixed).isLessThan(100);
        assertThat(same).isLessThan(100);
        assertThat(neighbours).isLessThan(180);
    }
}
