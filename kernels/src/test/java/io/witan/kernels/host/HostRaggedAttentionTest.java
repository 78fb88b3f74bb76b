package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel.Channels;
import io.witan.kernels.RaggedAttentionKernel.Operands;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.kernels.RaggedAttentionKernel.Result;
import io.witan.kernels.RaggedAttentionKernel.Shape;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.RaggedAttentionReference;
import io.witan.kernels.reference.Tolerance;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against double precision: value, and gradients by finite differences. */
class HostRaggedAttentionTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    static List<Shape> shapes() {
        return List.of(
                shape(Reach.CAUSAL, 6, 2, new int[] {}),
                shape(Reach.FULL, 6, 2, new int[] {0, 0}),
                shape(Reach.CAUSAL, 6, 2, new int[] {1}),
                shape(Reach.FULL, 6, 2, new int[] {1, 0, 3}),
                shape(Reach.CAUSAL, 6, 1, new int[] {0, 5, 1, 0, 2}),
                shape(Reach.FULL, 20, 2, new int[] {7, 1, 12}),
                shape(Reach.CAUSAL, 4, 2, new int[] {65, 3}),
                shape(Reach.FULL, 4, 1, new int[] {3, 66}),
                cross(6, 3, new int[] {2, 5, 0, 1, 3}, new int[] {4, 1, 3, 0, 17}),
                cross(4, 1, new int[] {70, 2}, new int[] {3, 67}));
    }

    private static Shape shape(Reach reach, int width, int heads, int[] lengths) {
        return new Shape(offsets(lengths), offsets(lengths), width, heads, reach);
    }

    private static Shape cross(int width, int heads, int[] queries, int[] keys) {
        return new Shape(offsets(queries), offsets(keys), width, heads, Reach.FULL);
    }

    private static int[] offsets(int[] lengths) {
        int[] offsets = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            offsets[i + 1] = offsets[i] + lengths[i];
        }
        return offsets;
    }

    private record Inputs(Tensor q, Tensor k, Tensor v, Tensor dOut) {}

    private Inputs inputs(Shape shape) {
        int queries = shape.queries() * shape.width();
        int keys = shape.keys() * shape.width();
        return new Inputs(
                tensors.random(queries, 1),
                tensors.random(keys, 1),
                tensors.random(keys, 1),
                tensors.random(queries, 1));
    }

    private Operands operands(Tensor q, Tensor k, Tensor v, int width) {
        return new Operands(
                Channels.of(q.segment(), width), Channels.of(k.segment(), width), Channels.of(v.segment(), width));
    }

    /** Output, then the gradients of q, k and v. */
    private List<Tensor> run(Kernels kernels, Inputs inputs, Shape shape) {
        int queries = shape.queries() * shape.width();
        int keys = shape.keys() * shape.width();
        Tensor out = tensors.poison(queries);
        Tensor saved = tensors.poison((int) kernels.raggedAttention().savedFloats(shape));
        List<Tensor> gradients = List.of(tensors.poison(queries), tensors.poison(keys), tensors.poison(keys));
        Operands operands = operands(inputs.q, inputs.k, inputs.v, shape.width());
        Result result = new Result(out.segment(), saved.segment());
        kernels.raggedAttention().forward(operands, result, shape);
        kernels.raggedAttention()
                .backward(
                        operands,
                        result,
                        inputs.dOut.segment(),
                        operands(gradients.get(0), gradients.get(1), gradients.get(2), shape.width()),
                        shape);
        return List.of(out, gradients.get(0), gradients.get(1), gradients.get(2));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void matchesTheReference(Shape shape) {
        RaggedAttentionReference reference = new RaggedAttentionReference(shape);
        Inputs inputs = inputs(shape);
        double[][] operands = {inputs.q.doubles(), inputs.k.doubles(), inputs.v.doubles()};
        double[] out = reference.forward(operands[0], operands[1], operands[2]);
        double[][] gradients = new double[3][];
        for (int of = 0; of < 3; of++) {
            gradients[of] = reference.gradient(operands, inputs.dOut.doubles(), of);
        }
        Threads.each(kernels -> {
            List<Tensor> results = run(kernels, inputs, shape);
            Tolerance.sums(100).times(5).check("out", out, results.get(0).floats());
            for (int of = 0; of < 3; of++) {
                Tolerance.sums(100)
                        .times(15)
                        .around(1)
                        .check(
                                "gradient " + of,
                                gradients[of],
                                results.get(1 + of).floats());
            }
        });
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void sameBitsForAnyThreads(Shape shape) {
        Inputs inputs = inputs(shape);
        Threads.sameBits(kernels -> run(kernels, inputs, shape));
    }

    /** Rows of q, k and v side by side, of equal lengths: what {@link AttentionKernel} does. */
    @Test
    void equalLengthsGiveTheBitsOfTheCausalKernel() {
        AttentionKernel.Shape equal = new AttentionKernel.Shape(3, 70, 24, 2);
        int tokens = 3 * 70;
        Shape ragged = shape(Reach.CAUSAL, 24, 2, new int[] {70, 70, 70});
        Tensor qkv = tensors.random(tokens * 72, 1);
        Tensor dOut = tensors.random(tokens * 24, 1);
        Threads.each(kernels -> {
            Tensor out = tensors.poison(tokens * 24);
            Tensor saved = tensors.poison((int) kernels.attention().savedFloats(equal));
            Tensor dQkv = tensors.poison(tokens * 72);
            kernels.attention().forward(qkv.segment(), out.segment(), saved.segment(), equal);
            kernels.attention()
                    .backward(qkv.segment(), out.segment(), saved.segment(), dOut.segment(), dQkv.segment(), equal);
            Tensor raggedOut = tensors.poison(tokens * 24);
            Tensor raggedSaved = tensors.poison((int) kernels.raggedAttention().savedFloats(ragged));
            Tensor raggedGradient = tensors.poison(tokens * 72);
            Result result = new Result(raggedOut.segment(), raggedSaved.segment());
            kernels.raggedAttention().forward(sideBySide(qkv), result, ragged);
            kernels.raggedAttention()
                    .backward(sideBySide(qkv), result, dOut.segment(), sideBySide(raggedGradient), ragged);
            assertThat(raggedOut.bits()).isEqualTo(out.bits());
            assertThat(raggedGradient.bits()).isEqualTo(dQkv.bits());
        });
    }

    private static Operands sideBySide(Tensor qkv) {
        return new Operands(
                new Channels(qkv.segment(), 0, 72),
                new Channels(qkv.segment(), 24, 72),
                new Channels(qkv.segment(), 48, 72));
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThatThrownBy(() -> shape(Reach.FULL, 6, 4, new int[] {1})).hasMessageContaining("divide the width");
        assertThatThrownBy(() -> new Shape(new int[] {0, 2}, new int[] {0, 3}, 6, 2, Reach.CAUSAL))
                .hasMessageContaining("as many keys as queries");
        assertThatThrownBy(() -> new Shape(new int[] {0, 2, 1}, new int[] {0, 1, 1}, 6, 2, Reach.FULL))
                .hasMessageContaining("offset 2 of queries is 1");
        Shape shape = shape(Reach.CAUSAL, 6, 2, new int[] {4});
        Inputs inputs = inputs(shape);
        try (Kernels kernels = HostKernels.open(1)) {
            Operands narrow = new Operands(
                    new Channels(inputs.q.segment(), 3, 6),
                    Channels.of(inputs.k.segment(), 6),
                    Channels.of(inputs.v.segment(), 6));
            Result result =
                    new Result(tensors.zeros(24).segment(), tensors.zeros(16).segment());
            assertThatThrownBy(() -> kernels.raggedAttention().forward(narrow, result, shape))
                    .hasMessageContaining("channels 3 to 8 of rows of 6");
        }
    }
}
