package io.witan.runtime.trace.overlap;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.trace.overlap.Intervals.Interval;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Against sets of single moments. */
class IntervalsPropertyTest {
    private static final int MOMENTS = 40;

    @Property
    void shouldCountWhatSetsCount(
            @ForAll @Size(max = 12) List<@IntRange(max = MOMENTS) Integer> one,
            @ForAll @Size(max = 12) List<@IntRange(max = MOMENTS) Integer> other) {
        Intervals a = Intervals.union(intervals(one));
        Intervals b = Intervals.union(intervals(other));
        BitSet setA = moments(intervals(one));
        BitSet setB = moments(intervals(other));

        assertThat(a.lengthNs()).isEqualTo(setA.cardinality());
        assertThat(b.lengthNs()).isEqualTo(setB.cardinality());
        setA.and(setB);
        assertThat(a.sharedNs(b)).isEqualTo(setA.cardinality());
        assertThat(b.sharedNs(a)).isEqualTo(setA.cardinality());
    }

    private static List<Interval> intervals(List<Integer> bounds) {
        List<Interval> intervals = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.size(); i += 2) {
            intervals.add(new Interval(
                    Math.min(bounds.get(i), bounds.get(i + 1)), Math.max(bounds.get(i), bounds.get(i + 1))));
        }
        return intervals;
    }

    private static BitSet moments(List<Interval> intervals) {
        BitSet moments = new BitSet();
        intervals.forEach(interval -> moments.set((int) interval.beginNs(), (int) interval.endNs()));
        return moments;
    }
}
