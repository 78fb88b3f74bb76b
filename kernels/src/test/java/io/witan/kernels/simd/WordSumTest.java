package io.witan.kernels.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordSumTest {
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(32);

    private static byte[] random(int bytes, long seed) {
        byte[] all = new byte[bytes];
        new Random(seed).nextBytes(all);
        return all;
    }

    private static int of(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return WordSum.of(copy(arena, bytes));
        }
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        MemorySegment memory = arena.allocate(Math.max(1, bytes.length), 64).asSlice(0, bytes.length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    /** The definition, word by word in whole numbers. */
    private static int plain(byte[] bytes) {
        BigInteger sum = BigInteger.ZERO;
        for (int at = 0; at < bytes.length; at += 4) {
            ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
            word.put(bytes, at, Math.min(4, bytes.length - at)).rewind();
            BigInteger x = unsigned(word.getInt())
                    .xor(BigInteger.valueOf(at / 4)
                            .multiply(BigInteger.valueOf(0x9e3779b1L))
                            .mod(MODULUS));
            x = x.xor(x.shiftRight(16))
                    .multiply(BigInteger.valueOf(0x85ebca6bL))
                    .mod(MODULUS);
            x = x.xor(x.shiftRight(13))
                    .multiply(BigInteger.valueOf(0xc2b2ae35L))
                    .mod(MODULUS);
            sum = sum.add(x.xor(x.shiftRight(16)));
        }
        return sum.intValue();
    }

    private static BigInteger unsigned(int word) {
        return BigInteger.valueOf(Integer.toUnsignedLong(word));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5, 31, 32, 63, 64, 68, 1000, 4099, 70_001})
    void isTheSumOfMixedWords(int bytes) {
        byte[] all = random(bytes, bytes);
        assertThat(of(all)).isEqualTo(plain(all));
    }

    @Test
    void wholeStretchesAndWhatIsLeftCountFromTheFront() {
        byte[] all = random((4 << 20) + 4 * 37 + 2, 1);
        assertThat(of(all)).isEqualTo(plain(all));
    }

    @Test
    void partsAddUpInAnyOrder() {
        byte[] all = random(4 * 1003, 2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = copy(arena, all);
            int sum = 0;
            int[] cuts = {700, 1003, 0, 1, 1, 700};
            for (int i = 0; i < cuts.length; i += 2) {
                sum += WordSum.of(memory.address() + 4L * cuts[i], cuts[i], cuts[i + 1] - cuts[i]);
            }
            assertThat(sum).isEqualTo(WordSum.of(memory));
        }
    }

    @Test
    void everyBitCounts() {
        byte[] all = random(4 * 41, 3);
        int right = of(all);
        for (int bit = 0; bit < 8 * all.length; bit++) {
            all[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(of(all)).as("bit %d", bit).isNotEqualTo(right);
            all[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    /** Changes that are alike in many words: signs, words that change places. */
    @Test
    void changesOfTwoWordsAreFound() {
        Random random = new Random(4);
        for (int trial = 0; trial < 20_000; trial++) {
            byte[] all = random(256, trial);
            int right = of(all);
            int first = 4 * random.nextInt(64);
            int second = 4 * ((first / 4 + 1 + random.nextInt(63)) % 64);
            byte[] signs = all.clone();
            signs[first + 3] ^= (byte) 0x80;
            signs[second + 3] ^= (byte) 0x80;
            assertThat(of(signs)).as("signs, trial %d", trial).isNotEqualTo(right);
            byte[] swapped = all.clone();
            System.arraycopy(all, first, swapped, second, 4);
            System.arraycopy(all, second, swapped, first, 4);
            assertThat(of(swapped)).as("swapped, trial %d", trial).isNotEqualTo(right);
        }
    }

    /** Pages that are lost, of another step, or in each other's place. */
    @Test
    void tornPagesAreFound() {
        int page = 4096;
        byte[] all = random(5 * page, 5);
        byte[] earlier = random(5 * page, 6);
        int right = of(all);
        for (int torn = 0; torn < 5; torn++) {
            byte[] old = all.clone();
            System.arraycopy(earlier, torn * page, old, torn * page, page);
            assertThat(of(old)).isNotEqualTo(right);
            byte[] lost = all.clone();
            Arrays.fill(lost, torn * page, (torn + 1) * page, (byte) 0);
            assertThat(of(lost)).isNotEqualTo(right);
            byte[] exchanged = all.clone();
            int other = (torn + 1) % 5 * page;
            System.arraycopy(all, torn * page, exchanged, other, page);
            System.arraycopy(all, other, exchanged, torn * page, page);
            assertThat(of(exchanged)).isNotEqualTo(right);
        }
    }

    @Test
    void placesMayPassTheRangeOfInts() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = copy(arena, random(4 * 37, 7));
            long address = memory.address();
            assertThat(WordSum.of(address, 1L << 32, 37)).isEqualTo(WordSum.of(memory));
            int atHalf = WordSum.of(address, (1L << 31) - 5, 37);
            assertThat(WordSum.of(address, (1L << 31) - 5, 9) + WordSum.of(address + 36, (1L << 31) + 4, 28))
                    .isEqualTo(atHalf)
                    .isNotEqualTo(WordSum.of(memory));
        }
    }

    @Test
    void onlyNativeMemoryThatIsThereIsRead() {
        MemorySegment freed;
        try (Arena arena = Arena.ofConfined()) {
            freed = arena.allocate(64);
        }
        assertThatThrownBy(() -> WordSum.of(freed)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WordSum.of(MemorySegment.ofArray(new float[4])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("native memory");
    }
}
