package io.witan.kernels.openblas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.KernelException;
import io.witan.kernels.gemm.Matrix;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenBlasTest {
    @Test
    void multipliesViews() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment a = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4, 5, 6);
            MemorySegment c = arena.allocateFrom(ValueLayout.JAVA_FLOAT, Float.NaN, Float.NaN, Float.NaN, Float.NaN);
            Matrix m = Matrix.of(a, 2, 3);
            OpenBlas.multiply(m, m.transposed(), Matrix.of(c, 2, 2), 2, 0);
            assertThat(c.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(28, 64, 64, 154);
            OpenBlas.multiply(
                    m.colRange(1, 3).transposed().rowRange(0, 1),
                    Matrix.strided(a, 1, 2, 2, 3),
                    Matrix.of(c, 1, 2),
                    1,
                    1);
            assertThat(c.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(28 + 29, 64 + 36, 64, 154);
        }
    }

    @Test
    void namesWhatCannotBeLoaded(@TempDir Path folder) throws IOException {
        Path broken = Files.createFile(folder.resolve("libopenblas.so.0"));
        assertThatThrownBy(() -> OpenBlas.Platform.open(broken))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining(broken.toString())
                .hasMessageContaining("Linux x86-64");
        assertThatThrownBy(() -> OpenBlas.Platform.check("Mac OS X", "aarch64"))
                .isInstanceOf(KernelException.class)
                .hasMessage("the host back end needs Linux on x86-64; this is Mac OS X on aarch64");
        assertThatCode(() -> OpenBlas.Platform.check("Linux", "amd64")).doesNotThrowAnyException();
    }
}
