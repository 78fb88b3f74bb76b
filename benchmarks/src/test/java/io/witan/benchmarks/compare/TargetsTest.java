package io.witan.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.benchmarks.compare.Targets.Measure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetsTest {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;

    @TempDir
    Path folder;

    @Test
    void theTableOfTheRepositoryCoversTheSizesThatItNames() throws IOException {
        Targets targets = Targets.read(root().resolve("benchmarks/compare/targets.txt"));
        assertThat(targets.of(Measure.MPI, key(2, "all_reduce", 64 * KIB))).hasValue(2);
        assertThat(targets.of(Measure.MPI, key(2, "all_reduce", 16 * MIB))).hasValue(2);
        assertThat(targets.of(Measure.MPI, key(2, "all_to_allv", 16 * MIB + 4))).hasValue(1.3);
        assertThat(targets.of(Measure.MPI, key(2, "all_gatherv", 64 * MIB))).hasValue(1.3);
        assertThat(targets.of(Measure.MPI, key(2, "reduce_scatter", 64 * MIB))).hasValue(4);
        assertThat(targets.of(Measure.MPI, key(2, "all_gather", 32 * KIB))).isEmpty();
        assertThat(targets.of(Measure.MPI, key(4, "reduce_scatter", MIB))).hasValue(1.2);
        assertThat(targets.of(Measure.MPI, new LineKey(4, "reduce_scatter", MIB, true)))
                .isEmpty();
        assertThat(targets.of(Measure.MPI, new LineKey(2, "all_to_all", MIB, true)))
                .isEmpty();
        assertThat(targets.of(Measure.MPI, new LineKey(2, "all_reduce", MIB, true)))
                .hasValue(2);
        assertThat(targets.of(Measure.MPI, key(3, "all_gather", MIB))).isEmpty();
        assertThat(targets.of(Measure.LIMIT, key(2, "all_gather", 4 * MIB))).isEmpty();
        assertThat(targets.of(Measure.LIMIT, key(2, "all_gather", 4 * MIB + 4))).hasValue(0.85);
        assertThat(targets.of(Measure.GLOO, key(2, "all_gather", 16 * MIB))).hasValue(5);
        assertThat(targets.of(Measure.GLOO, key(2, "all_gather", 64 * MIB))).hasValue(4);
        assertThat(targets.of(Measure.SPIN, key(2, "barrier", 8))).hasValue(2);
        assertThat(targets.of(Measure.YIELD, key(2, "all_gather", 4 * KIB))).hasValue(15);
        assertThat(targets.of(Measure.YIELD, key(2, "all_gather", 4 * KIB + 4))).isEmpty();
    }

    @Test
    void theFirstRowThatFitsCounts() throws IOException {
        Targets targets = Targets.read(file("# note\n\nmpi 2 1 1K 3 a,b\nmpi 2 1 1M 5 all\n"));
        assertThat(targets.of(Measure.MPI, key(2, "b", 1024))).isEqualTo(OptionalDouble.of(3));
        assertThat(targets.of(Measure.MPI, key(2, "c", 1024))).isEqualTo(OptionalDouble.of(5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mpi 2 1 1K 3 | 5 columns; there are 6",
                "nccl 2 1 1K 3 all | \"nccl\" is none of mpi, limit, gloo, spin, yield",
                "mpi two 1 1K 3 all | is no number",
                "mpi 2 1 1K -3 all | is no number",
                "mpi 2 1 1G 3 all | \"1G\" is no size"
            })
    void aBrokenRowIsNamed(String row, String message) throws IOException {
        Path table = file("# note\n" + row + "\n");
        assertThatThrownBy(() -> Targets.read(table))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(table + ":2: ")
                .hasMessageContaining(message);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("targets.txt"), text);
    }

    private static LineKey key(int ranks, String op, long bytes) {
        return new LineKey(ranks, op, bytes, false);
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("bin/jvm.options"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
