package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AttentionKernel.Shape;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaAttentionTest {
    /** Roundings on the way to out: q and k move the scores, which move the probabilities; these and v are rounded. */
    private static final int ROUNDINGS_OF_OUT = 3;

    /** And to the gradients: those of out, and of the scores; dOut and v. */
    private static final int ROUNDINGS_OF_GRADIENTS = 6;

    private static final class Operands {
        final Twins.Pair qkv;
        final Twins.Pair dOut;
        final Twins.Pair out;
        final Twins.Pair dQkv;
        final Twins.Pair saved;

        Operands(Twins twins, Shape shape, Twins.Pair qkv, Twins.Pair dOut) {
            int tokens = shape.sequences() * shape.positions();
            this.qkv = qkv;
            this.dOut = dOut;
            out = twins.poison(tokens * shape.width());
            dQkv = twins.poison(tokens * 3 * shape.width());
            saved = twins.poison(2 * tokens * shape.heads());
        }

        void onHost(Twins twins, Shape shape) {
            var host = twins.host().attention();
            host.forward(qkv.host(), out.host(), saved.host(), shape);
            host.backward(qkv.host(), out.host(), saved.host(), dOut.host(), dQkv.host(), shape);
        }

        void onDevice(CudaAttention cuda, Shape shape) {
            var exact = saved.device().asSlice(0, 4 * cuda.savedFloats(shape));
            cuda.forward(qkv.device(), out.device(), exact, shape);
            cuda.backward(qkv.device(), out.device(), exact, dOut.device(), dQkv.device(), shape);
        }

        /** Each part by its own largest: where there is little to choose from, gradients of q and k are small differences. */
        void checkGradients(Tolerance tolerance, int width) {
            double[] expected = dQkv.expected();
            float[] actual = dQkv.actual();
            for (int part = 0; part < 3; part++) {
                double[] e = new double[expected.length / 3];
                float[] a = new float[e.length];
                for (int i = 0; i < e.length; i++) {
                    int from = i / width * 3 * width + part * width + i % width;
                    e[i] = expected[from];
                    a[i] = actual[from];
                }
                tolerance.check("gradient of " + "qkv".charAt(part), e, a);
            }
        }
    }

    /** Normal values that bf16 holds exactly: their upper halves. */
    private static float[] normalBf16(Twins twins, int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            float value = (float) (twins.random().nextGaussian() * scale);
            values[i] = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
        }
        return values;
    }

    /**
     * Only probabilities and the gradients of scores are rounded then: one rounding for out and the gradient of v, one more for
     * those of q and k, as out enters these.
     */
    @ParameterizedTest
    @CsvSource({
        "0, 8, 16, 2, 1",
        "2, 0, 16, 2, 1",
        "1, 1, 8, 1, 1",
        "1, 2, 32, 1, 1",
        "3, 5, 48, 2, 1",
        "2, 63, 64, 2, 1",
        "1, 64, 64, 1, 1",
        "1, 65, 112, 2, 1",
        "1, 127, 72, 1, 1",
        "1, 129, 128, 1, 1",
        "1, 193, 120, 1, 0.5",
        "2, 130, 64, 2, 4",
        "1, 260, 32, 1, 1"
    })
    void matchesTheHostOnRoundedOperands(int sequences, int positions, int width, int heads, double scale) {
        Shape shape = new Shape(sequences, positions, width, heads);
        int tokens = sequences * positions;
        try (Twins twins = new Twins()) {
            CudaAttention cuda = new CudaAttention(twins.device());
            var qkv = twins.floats(normalBf16(twins, tokens * 3 * width, scale));
            var dOut = twins.floats(normalBf16(twins, tokens * width, 1));
            Operands operands = new Operands(twins, shape, qkv, dOut);
            operands.onHost(twins, shape);
            operands.onDevice(cuda, shape);
            Tolerance tolerance = Tolerance.bf16Sums(positions + width / heads);
            tolerance.check("out", operands.out.expected(), operands.out.actual());
            operands.checkGradients(tolerance.times(2).around(scale * scale), width);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 8, 1", "2, 70, 96, 2", "1, 66, 128, 1"})
    void matchesTheHost(int sequences, int positions, int width, int heads) {
        Shape shape = new Shape(sequences, positions, width, heads);
        int tokens = sequences * positions;
        try (Twins twins = new Twins()) {
            CudaAttention cuda = new CudaAttention(twins.device());
            Operands operands =
                    new Operands(twins, shape, twins.normal(tokens * 3 * width, 1), twins.normal(tokens * width, 1));
            operands.onHost(twins, shape);
            operands.onDevice(cuda, shape);
            Tolerance tolerance = Tolerance.bf16Sums(positions + width / heads);
            tolerance.times(ROUNDINGS_OF_OUT).check("out", operands.out.expected(), operands.out.actual());
            operands.checkGradients(tolerance.times(ROUNDINGS_OF_GRADIENTS).around(1), width);
        }
    }

    @Test
    void scoresOfTenThousandStayFinite() {
        Shape shape = new Shape(1, 80, 16, 1);
        try (Twins twins = new Twins()) {
            CudaAttention cuda = new CudaAttention(twins.device());
            var qkv = twins.floats(normalBf16(twins, 80 * 48, 50));
            Operands operands = new Operands(twins, shape, qkv, twins.normal(80 * 16, 1));
            operands.onHost(twins, shape);
            operands.onDevice(cuda, shape);
            // Scores of 1e4 carry fp32 roundings of 1e4 u each.
            Tolerance.bf16Sums(96)
                    .times(1 + 1e4 * 0x1p-15)
                    .check("out", operands.out.expected(), operands.out.actual());
            for (float value : operands.dQkv.actual()) {
                assertThat(value).isFinite();
            }
        }
    }

    @Test
    void laterPositionsAndOtherSequencesDoNotMatter() {
        Shape shape = new Shape(2, 70, 32, 2);
        try (Twins twins = new Twins()) {
            CudaAttention cuda = new CudaAttention(twins.device());
            float[] values = normalBf16(twins, 2 * 70 * 96, 1);
            float[] changed = values.clone();
            for (int i = 40 * 96; i < changed.length; i++) {
                changed[i] += 1;
            }
            var dOut = twins.normal(2 * 70 * 32, 1);
            Operands a = new Operands(twins, shape, twins.floats(values), dOut);
            Operands b = new Operands(twins, shape, twins.floats(changed), dOut);
            a.onDevice(cuda, shape);
            b.onDevice(cuda, shape);
            assertThat(Arrays.mismatch(a.out.actual(), b.out.actual())).isEqualTo(40 * 32);
        }
    }

    @Test
    void sameBitsAgain() {
        Shape shape = new Shape(2, 100, 64, 2);
        try (Twins twins = new Twins()) {
            CudaAttention cuda = new CudaAttention(twins.device());
            var qkv = twins.normal(200 * 192, 1);
            var dOut = twins.normal(200 * 64, 1);
            Operands a = new Operands(twins, shape, qkv, dOut);
            Operands b = new Operands(twins, shape, qkv, dOut);
            a.onDevice(cuda, shape);
            b.onDevice(cuda, shape);
            assertThat(b.out.actualInts()).isEqualTo(a.out.actualInts());
            assertThat(b.dQkv.actualInts()).isEqualTo(a.dQkv.actualInts());
        }
    }

    @Test
    void savesOneFloatARowAndRefusesOtherHeads() {
        try (Twins twins = new Twins()) {
            CudaAttention cuda = new CudaAttention(twins.device());
            assertThat(cuda.savedFloats(new Shape(3, 100, 64, 4))).isEqualTo(3 * 100 * 4);
            assertThatThrownBy(() -> cuda.savedFloats(new Shape(1, 4, 10, 3)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("heads that divide the width");
            for (int width : new int[] {4, 12, 136}) {
                assertThatThrownBy(() -> cuda.savedFloats(new Shape(1, 4, width, 1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(
                                "heads " + width + " wide, allowed on a GPU are multiples of 8 up to 128");
            }
            var memory = twins.poison(200);
            assertThatThrownBy(() -> cuda.forward(
                            memory.device().asSlice(4), memory.device(), memory.device(), new Shape(1, 1, 8, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no multiple of 16 bytes");
        }
    }
}
