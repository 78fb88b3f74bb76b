package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.fssdp.CopyMemory;
import org.junit.jupiter.api.Test;

class MemoryReportTest {
    private static final MemoryParts PARTS =
            new MemoryParts(100_000_000, 200_000_000, 300_000_000, 50_000_000, 5_000_000, 45_000_000, 300_000_000);

    static MemoryReport report(long resident) {
        return new MemoryReport(
                0, PARTS, new CopyMemory(0, 0, 0), new ResidentSize(resident, 30_000_000, 20_000_000, resident));
    }

    @Test
    void shouldAddUpAllParts() {
        assertThat(PARTS.sum()).isEqualTo(1_000_000_000);
        assertThat(report(1_064_000_000).difference()).isEqualTo(64_000_000);
        assertThat(report(936_000_000).difference()).isEqualTo(-64_000_000);
    }

    @Test
    void shouldTolerateAShareAndAnAmount() {
        assertThat(report(1_350_000_000).isExplained()).isTrue();
        assertThat(report(1_350_000_001).isExplained()).isFalse();
        assertThat(report(650_000_000).isExplained()).isTrue();
        assertThat(report(649_999_999).isExplained()).isFalse();
    }

    @Test
    void shouldTravelAsLongs() {
        MemoryReport report = new MemoryReport(
                3,
                new MemoryParts(1, 2, 3, 4, 5, 6, 7),
                new CopyMemory(12, 13, 14),
                new ResidentSize(8, 9, 10, Long.MAX_VALUE));
        assertThat(report.toLongs()).hasSize(MemoryReport.LONGS);
        assertThat(MemoryReport.ofLongs(3, report.toLongs())).isEqualTo(report);
    }
}
