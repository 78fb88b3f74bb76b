package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class HostGroupedLinearPropertyTest {
    @Property(tries = 300)
    void bordersCoverAllRowsInOrder(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 90) Integer> loads,
            @ForAll @IntRange(min = 1, max = 9) int parts) {
        int[] offsets = new int[loads.size() + 1];
        for (int g = 0; g < loads.size(); g++) {
            offsets[g + 1] = offsets[g] + loads.get(g);
        }
        int rows = offsets[loads.size()];
        assertThat(HostGroupedLinear.border(offsets, 0, parts)).isZero();
        assertThat(HostGroupedLinear.border(offsets, parts, parts)).isEqualTo(rows);
        for (int part = 0; part < parts; part++) {
            int share =
                    HostGroupedLinear.border(offsets, part + 1, parts) - HostGroupedLinear.border(offsets, part, parts);
            assertThat(share).isBetween(0, rows / parts + 1 + 2 * (rows / parts / 16));
        }
    }
}
