package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.fssdp.CopyMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryTableTest {
    private static final String HEADINGS = "memory, MB  parameters  gradients  optimizer  activations  scratch"
            + "  transport      jvm      sum  resident   mapped  difference";

    private static MemoryReport rank(int rank, long megabytes, long resident) {
        long mb = 1_000_000;
        return new MemoryReport(
                rank,
                new MemoryParts(megabytes * mb, 2 * megabytes * mb, 3 * mb, 4 * mb + 49_999, 50_000, 0, 100 * mb),
                new CopyMemory(mb, mb, 2 * mb),
                new ResidentSize(resident * mb, resident / 2 * mb, mb, resident * mb));
    }

    @Test
    void shouldAlignAllColumns() {
        assertThat(MemoryTable.lines(List.of(rank(0, 100, 450))))
                .containsExactly(
                        HEADINGS,
                        "rank 0           100.0      200.0        3.0          4.0      0.1"
                                + "        0.0    100.0    407.1     450.0    226.0       +42.9");
    }

    @Test
    void shouldShowTheLargestRankIfItIsLargerThanTheFirst() {
        List<MemoryReport> ranks =
                List.of(rank(0, 100, 400), rank(1, 103, 415), rank(12, 130, 480), rank(13, 120, 460));
        assertThat(MemoryTable.lines(ranks)).hasSize(3).satisfies(lines -> {
            assertThat(lines.get(1)).startsWith("rank 0 ").endsWith("-7.1");
            assertThat(lines.get(2)).startsWith("rank 12 ").endsWith("-17.1");
        });
        assertThat(MemoryTable.lines(ranks.subList(0, 2))).as("about alike").hasSize(2);
    }

    @Test
    void shouldCountLargeOnesInGigabytes() {
        assertThat(MemoryTable.lines(List.of(rank(0, 100, 450), rank(1, 5000, 15_200))))
                .satisfies(lines -> {
                    assertThat(lines.get(0)).startsWith("memory, GB  parameters");
                    assertThat(lines.get(1)).startsWith("rank 0            0.10       0.20 ");
                    assertThat(lines.get(2))
                            .startsWith("rank 1            5.00      10.00 ")
                            .endsWith("15.20     7.60       +0.09");
                });
    }

    @Test
    void shouldSayWhatIsNotExplained() {
        assertThat(MemoryTable.lines(List.of(rank(0, 100, 900))))
                .endsWith(
                        "rank 0: sum and resident size differ by more than 15 % and 200 MB: something else holds memory");
        assertThat(MemoryTable.lines(List.of(rank(0, 1000, 2000))))
                .endsWith(
                        "rank 0: sum and resident size differ by more than 15 % and 200 MB: some of it is not in memory");
    }

    @Test
    void shouldDoWithoutAResidentSize() {
        assertThat(MemoryTable.lines(List.of(rank(0, 100, 0))))
                .hasSize(2)
                .last()
                .asString()
                .endsWith("407.1         ?        ?           ?");
    }
}
