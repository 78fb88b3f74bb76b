package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShapesTest {
    @TempDir
    Path folder;

    @Test
    void theFilesOfTheRepositoryAreRead() throws IOException {
        assertThat(Shapes.read(Path.of("gpu", "shapes.txt")).lines())
                .extracting(Shapes.Line::key)
                .contains("square 8192", "experts 4096 14336 64 65536 zipf:1.2");
        assertThat(Shapes.read(Path.of("gpu", "shapes-smoke.txt")).lines()).hasSize(6);
    }

    @Test
    void allAssignmentsHaveAnExpert() {
        assertThat(new Shapes.Experts(8, 8, 4, 10, 0).offsets()).containsExactly(0, 3, 6, 8, 10);
        int[] zipf = new Shapes.Experts(8, 8, 64, 16384, 1.2).offsets();
        assertThat(zipf).hasSize(65).isSorted().endsWith(16384);
        assertThat(zipf[1]).isBetween(4500, 5500);
    }

    @Test
    void whatIsNoShapeIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("shapes"), "# first\ncopy 10\nexperts 1 2 3 4 odd\n");
        assertThatThrownBy(() -> Shapes.read(file)).hasMessage(file + ":3: \"experts 1 2 3 4 odd\" is no shape");
    }
}
