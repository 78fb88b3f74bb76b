package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.AttentionKernel.Shape;
import io.witan.kernels.RotaryKernel.Direction;
import io.witan.kernels.host.Tensors.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostRotaryTest {
    private static final double BASE = 10_000;

    @RegisterExtension
    final Tensors tensors = new Tensors();

    /** Pairs of channels as complex numbers, turned in double. */
    private static double[] reference(double[] qkv, Shape shape, double sign) {
        double[] turned = qkv.clone();
        int width = shape.width() / shape.heads();
        for (int t = 0; t < shape.sequences() * shape.positions(); t++) {
            for (int head = 0; head < shape.heads() + shape.kvHeads(); head++) {
                int from = t * (shape.heads() + 2 * shape.kvHeads()) * width + head * width;
                for (int i = 0; i < width / 2; i++) {
                    double angle = sign * (t % shape.positions()) * Math.exp(-2.0 * i / width * Math.log(BASE));
                    double re = qkv[from + i];
                    double im = qkv[from + i + width / 2];
                    turned[from + i] = re * Math.cos(angle) - im * Math.sin(angle);
                    turned[from + i + width / 2] = im * Math.cos(angle) + re * Math.sin(angle);
                }
            }
        }
        return turned;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 4, 8, 2, 2",
        "2, 0, 8, 2, 2",
        "1, 1, 2, 1, 1",
        "2, 5, 12, 2, 2",
        "1, 33, 64, 2, 2",
        "3, 40, 68, 2, 2",
        "1, 300, 96, 3, 3",
        "2, 5, 24, 4, 2",
        "3, 40, 96, 6, 1"
    })
    void turnsQueriesAndKeysAndLeavesValues(int sequences, int positions, int width, int heads, int kvHeads) {
        Shape shape = new Shape(sequences, positions, width, heads, kvHeads);
        Threads.each(kernels -> {
            Tensor table = tensors.poison(Math.max(1, positions) * (width / heads));
            kernels.rotary().fillTable(table.segment(), positions, width / heads, BASE);
            Tensor qkv = tensors.random(sequences * positions * shape.rowWidth(), 1);
            double[] before = qkv.doubles();
            kernels.rotary().rotate(qkv.segment(), table.segment(), shape, Direction.FORWARD);
            assertClose(qkv.doubles(), reference(before, shape, 1));
            kernels.rotary().rotate(qkv.segment(), table.segment(), shape, Direction.INVERSE);
            assertClose(qkv.doubles(), before);
        });
    }

    private static void assertClose(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("element %d", i).isCloseTo(expected[i], within(2e-6));
        }
    }

    @Test
    void refusesOddHeads() {
        Tensor qkv = tensors.random(9, 1);
        Tensor table = tensors.random(3, 1);
        Threads.each(kernels -> assertThatThrownBy(() -> kernels.rotary()
                        .rotate(qkv.segment(), table.segment(), new Shape(1, 1, 3, 1), Direction.FORWARD))
                .hasMessageContaining("even head width, got 3"));
    }
}
