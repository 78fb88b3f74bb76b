package io.witan.kernels.cuda.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.cuda.Twins;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class Bf16CastTest {
    private static final int[] COUNTS = {0, 1, 2, 7, 4095, 4096, 4097, 9001};

    /** Nearest of the two neighbours, the even one of two equally near. */
    private static int rounded(int bits) {
        int below = bits >>> 16;
        int rest = bits & 0xffff;
        boolean up = rest > 0x8000 || (rest == 0x8000 && (below & 1) == 1);
        return up ? below + 1 : below;
    }

    private static int[] packed(int[] bits, int shift) {
        int[] pairs = new int[(bits.length - shift + 1) / 2];
        for (int i = shift; i < bits.length; i++) {
            pairs[(i - shift) / 2] |= rounded(bits[i]) << 16 * ((i - shift) % 2);
        }
        return pairs;
    }

    @Test
    void roundsToNearestEven() {
        try (Twins twins = new Twins()) {
            Bf16Cast cuda = new Bf16Cast(twins.device());
            for (int count : COUNTS) {
                for (int shift = 0; shift < 2; shift++) {
                    var from = twins.normal(count + shift, 1000);
                    var to = twins.ints(new int[(count + 1) / 2]);
                    cuda.toBf16(from.device().asSlice(4L * shift), to.device(), count);
                    assertThat(to.actualInts()).isEqualTo(packed(from.expectedInts(), shift));
                    var back = twins.poison(count + shift);
                    cuda.toFp32(to.device(), back.device().asSlice(4L * shift), count);
                    int[] bits = back.actualInts();
                    for (int i = shift; i < bits.length; i++) {
                        assertThat(bits[i]).isEqualTo(rounded(from.expectedInts()[i]) << 16);
                    }
                }
            }
        }
    }

    @Test
    void tiesAndEdges() {
        // In pairs: ties to the even neighbour, up to infinity from the largest fp32, subnormals, both zeros,
        // infinities.
        int[] bits = {
            0x3f808000,
            0x3f818000,
            0x7f7fffff,
            0xff7fffff,
            0x00000001,
            0x00018000,
            0x80000000,
            0x00000000,
            0x7f800000,
            0xff800000,
            0x3f808001,
            0x3f807fff
        };
        try (Twins twins = new Twins()) {
            Bf16Cast cuda = new Bf16Cast(twins.device());
            int repeats = 400;
            int[] many = new int[bits.length * repeats];
            for (int i = 0; i < many.length; i++) {
                many[i] = bits[i % bits.length];
            }
            var to = twins.ints(new int[many.length / 2]);
            cuda.toBf16(twins.ints(many).device(), to.device(), many.length);
            assertThat(to.actualInts()).isEqualTo(packed(many, 0));
            assertThat(to.actualInts()).startsWith(0x3f823f80, 0xff807f80, 0x00020000);
            var nan = twins.ints(0);
            cuda.toBf16(twins.ints(0x7f800001, 0xffffffff).device(), nan.device(), 2);
            var back = twins.ints(0, 0);
            cuda.toFp32(nan.device(), back.device(), 2);
            assertThat(back.actual()[0]).isNaN();
            assertThat(back.actual()[1]).isNaN();
        }
    }

    @Test
    void listedWeightsLieOneBehindTheOther() {
        try (Twins twins = new Twins()) {
            Bf16Cast cuda = new Bf16Cast(twins.device());
            for (int count : new int[] {0, 8, 4096, 5000}) {
                int[] offsets = {0, 3, 3, 4};
                var first = twins.normal(count, 1);
                var last = twins.normal(count, 1);
                MemorySegment[] from = {first.device(), null, last.device()};
                assertThat(Bf16Cast.weightBytes(offsets, count)).isEqualTo(4L * count);
                var to = twins.poison(count);
                MemorySegment[] places = cuda.listWeights(offsets, from, to.device(), count);
                cuda.castListed(count);
                int[] expected = new int[count];
                System.arraycopy(packed(first.expectedInts(), 0), 0, expected, 0, count / 2);
                System.arraycopy(packed(last.expectedInts(), 0), 0, expected, count / 2, count / 2);
                assertThat(to.actualInts()).isEqualTo(expected);
                assertThat(places[1]).isNull();
                assertThat(places[2]).isEqualTo(Bf16Cast.places(offsets, to.device(), count)[2]);
                assertThat(places[2].address()).isEqualTo(to.device().address() + 2L * count);
                cuda.castListed(count);
            }
        }
    }
}
