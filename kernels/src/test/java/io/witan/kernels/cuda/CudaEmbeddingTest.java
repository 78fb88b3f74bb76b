package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows are copied or added in one order: results are the host's to the bit. */
class CudaEmbeddingTest {
    /** Rows of dToken that are few and rows that are many: the ids' squares. */
    private static int[] ids(Twins twins, int tokens, int vocabulary) {
        int[] ids = new int[tokens];
        Arrays.setAll(ids, t -> (int) (Math.pow(twins.random().nextDouble(), 4) * vocabulary));
        return ids;
    }

    private static void check(Twins twins, int[] words, int vocabulary, int positions, int cols) {
        CudaEmbedding cuda = new CudaEmbedding(twins.device());
        var host = twins.host().embedding();
        int tokens = words.length;
        var ids = twins.ints(words);
        var token = twins.normal(vocabulary * cols, 1);
        var position = twins.normal(positions * cols, 1);
        var out = twins.poison(tokens * cols);
        host.forward(ids.host(), token.host(), position.host(), out.host(), tokens, positions, cols);
        cuda.forward(ids.device(), token.device(), position.device(), out.device(), tokens, positions, cols);
        assertThat(out.actualInts()).isEqualTo(out.expectedInts());

        var dOut = twins.normal(tokens * cols, 1);
        host.backward(ids.host(), dOut.host(), token.host(), position.host(), tokens, positions, cols);
        cuda.backward(ids.device(), dOut.device(), token.device(), position.device(), tokens, positions, cols);
        assertThat(token.actualInts()).isEqualTo(token.expectedInts());
        assertThat(position.actualInts()).isEqualTo(position.expectedInts());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 9, 8",
        "3, 4, 9, 0",
        "1, 1, 1, 1",
        "12, 4, 3, 17",
        "600, 50, 31, 33",
        "5, 8, 100, 64",
        "700, 100, 5000, 260",
        "300, 7, 20000, 132"
    })
    void matchesTheHost(int tokens, int positions, int vocabulary, int cols) {
        try (Twins twins = new Twins()) {
            check(twins, ids(twins, tokens, vocabulary), vocabulary, positions, cols);
        }
    }

    @Test
    void allTokensAlike() {
        try (Twins twins = new Twins()) {
            int[] words = new int[500];
            Arrays.fill(words, 2);
            check(twins, words, 4, 500, 68);
        }
    }

    /** Ids that differ by a multiple of the number of buckets, in turns. */
    @Test
    void bucketsOfSeveralIds() {
        try (Twins twins = new Twins()) {
            int[] words = new int[200];
            Arrays.setAll(words, t -> 5 + 1024 * twins.random().nextInt(3));
            check(twins, words, 4000, 200, 20);
        }
    }

    @Test
    void withoutPositionsAndUnaligned() {
        try (Twins twins = new Twins()) {
            CudaEmbedding cuda = new CudaEmbedding(twins.device());
            var host = twins.host().embedding();
            var ids = twins.ints(ids(twins, 90, 40));
            var token = twins.normal(1 + 40 * 8, 1);
            var out = twins.poison(90 * 8);
            MemorySegment none = MemorySegment.NULL;
            MemorySegment onHost = token.host().asSlice(4);
            MemorySegment onDevice = token.device().asSlice(4);
            host.forward(ids.host(), onHost, none, out.host(), 90, 30, 8);
            cuda.forward(ids.device(), onDevice, none, out.device(), 90, 30, 8);
            assertThat(out.actualInts()).isEqualTo(out.expectedInts());
            host.backward(ids.host(), out.host(), onHost, none, 90, 30, 8);
            cuda.backward(ids.device(), out.device(), onDevice, none, 90, 30, 8);
            assertThat(token.actualInts()).isEqualTo(token.expectedInts());
        }
    }

    @Test
    void scratchIsReused() {
        try (Twins twins = new Twins()) {
            CudaEmbedding cuda = new CudaEmbedding(twins.device());
            var ids = twins.ints(new int[1000]);
            var rows = twins.normal(1000, 1);
            var sum = twins.normal(1, 1);
            cuda.backward(ids.device(), rows.device(), sum.device(), MemorySegment.NULL, 1000, 1, 1);
            long bytes = twins.device().allocatedBytes();
            cuda.backward(ids.device(), rows.device(), sum.device(), MemorySegment.NULL, 1000, 1, 1);
            cuda.backward(ids.device(), rows.device(), sum.device(), MemorySegment.NULL, 10, 1, 1);
            assertThat(twins.device().allocatedBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void refusesNoPositions() {
        try (Twins twins = new Twins()) {
            CudaEmbedding cuda = new CudaEmbedding(twins.device());
            var m = twins.poison(4).device();
            assertThatThrownBy(() -> cuda.forward(m, m, m, m, 1, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("positions is 0");
        }
    }
}
