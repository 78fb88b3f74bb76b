package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentSizeTest {
    private static final long BYTES = 64L << 20;

    @Test
    void shouldReadTheKernelsFigures() {
        List<String> status = List.of(
                "Name:\tjava",
                "VmHWM:\t 1053948 kB",
                "VmRSS:\t  853948 kB",
                "RssAnon:\t  298960 kB",
                "RssFile:\t  554980 kB",
                "RssShmem:\t       8 kB",
                "Threads:\t18");
        assertThat(ResidentSize.parse(status))
                .isEqualTo(new ResidentSize(853_948L * 1024, 554_980L * 1024, 8192, 1_053_948L * 1024));
        assertThat(ResidentSize.parse(status).mappedBytes()).isEqualTo(554_988L * 1024);
    }

    @Test
    void shouldTakeAbsentFiguresAsNone() {
        ResidentSize untold = ResidentSize.parse(List.of("Name:\tjava"));
        assertThat(untold.isKnown()).isFalse();
        assertThat(ResidentSize.parse(List.of("VmRSS:\t 4 kB"))).isEqualTo(new ResidentSize(4096, 0, 0, 0));
    }

    @Test
    void shouldSeeWhatThisProcessTouches() {
        long before = ResidentSize.read().bytes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(BYTES);
            memory.fill((byte) 1);
            assertThat(ResidentSize.read().bytes() - before).isGreaterThan(BYTES / 2);
        }
    }
}
