package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LcgTokensTest {
    private static final int VOCABULARY = 8192;

    /** The stream replayed from its first token in big integers, no step left out. */
    private static final class Replay {
        private static final BigInteger FACTOR = new BigInteger("6364136223846793005");
        private static final BigInteger INCREMENT = new BigInteger("1442695040888963407");
        private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(64);
        private BigInteger x = BigInteger.valueOf(7);
        private int s;

        private int draw() {
            x = x.multiply(FACTOR).add(INCREMENT).mod(MODULUS);
            return x.shiftRight(33).intValueExact();
        }

        int next() {
            if (draw() % 4 != 0) {
                s = (s * 5 + 17) % 512;
            } else {
                s = draw() % 512;
            }
            return s * 16 + 5;
        }
    }

    @Test
    void batchesAreThoseOfAPlainReplay() {
        int rows = 8;
        int positions = 128;
        LcgTokens data = new LcgTokens(VOCABULARY, new BatchShape(rows, positions, 1));
        Replay replay = new Replay();
        for (int step = 0; step < 150; step++) { // past two marks
            TokenBatch batch = data.train(step, 0);
            for (int row = 0; row < rows; row++) {
                int previous = replay.next();
                for (int t = row * positions; t < (row + 1) * positions; t++) {
                    assertThat(batch.inputs()[t]).isEqualTo(previous);
                    previous = replay.next();
                    assertThat(batch.targets()[t]).isEqualTo(previous);
                }
            }
        }
    }

    @Test
    void anyOrderOfStepsGivesTheSameBatches() {
        BatchShape shape = new BatchShape(8, 128, 2);
        LcgTokens inOrder = new LcgTokens(VOCABULARY, shape);
        TokenBatch[] batches = new TokenBatch[120];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = inOrder.train(i / 2, i % 2);
        }
        LcgTokens backwards = new LcgTokens(VOCABULARY, shape);
        for (int i = batches.length - 1; i >= 0; i--) {
            assertThat(backwards.train(i / 2, i % 2)).isEqualTo(batches[i]);
        }
    }

    @Test
    void idsStayInsideTheVocabulary() {
        assertThatThrownBy(() -> new LcgTokens(512, new BatchShape(1, 1, 1)))
                .isInstanceOf(DataException.class)
                .hasMessage("data.vocabulary_size 512 is too small for the lcg stream, whose ids reach 516");
        TokenBatch batch = new LcgTokens(3072, new BatchShape(64, 64, 1)).train(0, 0);
        assertThat(Arrays.stream(batch.targets())).allMatch(id -> id >= 0 && id < 3072);
    }

    @Test
    void nothingIsHeldBack() {
        LcgTokens data = new LcgTokens(VOCABULARY, new BatchShape(1, 1, 1));
        assertThat(data.validationBatches()).isZero();
        assertThat(data.validationBytes()).isZero();
        assertThatThrownBy(() -> data.validation(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
