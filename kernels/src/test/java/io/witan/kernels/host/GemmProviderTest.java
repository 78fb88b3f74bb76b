package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.gemm.Gemm;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.gemm.ProcessorFlags;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GemmProviderTest {
    private static final ProcessorFlags ZEN_3 = new ProcessorFlags(Set.of("sse2", "avx", "avx2", "fma"));
    private static final ProcessorFlags ZEN_5 = new ProcessorFlags(Set.of("avx", "avx2", "fma", "avx512f"));
    private static final ProcessorFlags OLD = new ProcessorFlags(Set.of("sse2", "avx"));

    @Test
    void choosesForTheProcessor() {
        assertThat(GemmProvider.choose("auto", () -> ZEN_3)).isEqualTo(GemmProvider.AVX2);
        assertThat(GemmProvider.choose("auto", () -> ZEN_5)).isEqualTo(GemmProvider.OPENBLAS);
        assertThat(GemmProvider.choose("auto", () -> OLD)).isEqualTo(GemmProvider.OPENBLAS);
    }

    @Test
    void aNamedProviderIsTakenWhateverTheProcessor() {
        assertThat(GemmProvider.choose("openblas", GemmProviderTest::unread)).isEqualTo(GemmProvider.OPENBLAS);
        assertThat(GemmProvider.choose("avx2", GemmProviderTest::unread)).isEqualTo(GemmProvider.AVX2);
        assertThatThrownBy(() -> GemmProvider.choose("mkl", GemmProviderTest::unread))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessage("-Dwitan.gemm=mkl: allowed are auto, avx2, openblas");
    }

    @Test
    void aNamedProviderThatCannotRunIsRefused() {
        assertThatThrownBy(() -> GemmProvider.AVX2.require(OLD))
                .isInstanceOf(KernelUnavailableException.class)
                .hasMessageContaining("need a processor with avx2 and fma")
                .hasMessageContaining("-Dwitan.gemm=openblas");
    }

    @Test
    void readsTheFlagsOfTheFirstProcessor() {
        Stream<String> lines = Stream.of("processor\t: 0", "flags\t\t: fpu avx2  fma fpu", "", "flags\t\t: sse");
        assertThat(ProcessorFlags.parse(lines).names()).containsExactlyInAnyOrder("fpu", "avx2", "fma");
        assertThat(ProcessorFlags.parse(Stream.of()).names()).isEmpty();
        assertThat(ProcessorFlags.read().has("sse2")).isTrue();
    }

    @Test
    void refusesShapesThatDoNotFit() {
        Matrix m = Matrix.of(MemorySegment.NULL, 2, 3);
        Matrix square = Matrix.of(MemorySegment.NULL, 2, 2);
        try (Arena arena = Arena.ofConfined()) {
            for (GemmProvider provider : GemmProvider.runningHere()) {
                provider.load();
                Gemm gemm = provider.open(arena);
                assertThatThrownBy(() -> gemm.multiply(m, m, m, 1, 0))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("[2, 3] leading 3 ROW_MAJOR");
                assertThatThrownBy(() -> gemm.multiply(square, square, square.transposed(), 1, 0))
                        .hasMessageContaining("result is transposed");
            }
        }
    }

    private static ProcessorFlags unread() {
        throw new AssertionError("a named provider needs no look at the processor");
    }
}
