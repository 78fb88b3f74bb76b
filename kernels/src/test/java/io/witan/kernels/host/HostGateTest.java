package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.GateKernel.Saved;
import io.witan.kernels.GateKernel.Shape;
import io.witan.kernels.GateKernel.Weights;
import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.GateReference;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostGateTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    private record Result(Tensor probabilities, Tensor expert, Tensor weight, Tensor logSumExp) {
        Saved saved() {
            return new Saved(probabilities.segment(), expert.segment(), weight.segment(), logSumExp.segment());
        }
    }

    private Result forward(Kernels kernels, Tensor logits, Shape shape, Weights weights) {
        Result r = new Result(
                tensors.poison(shape.tokens() * shape.experts()),
                tensors.poison(shape.tokens() * shape.topK()),
                tensors.poison(shape.tokens() * shape.topK()),
                tensors.poison(shape.tokens()));
        kernels.gate()
                .forward(
                        logits.segment(),
                        shape,
                        weights,
                        r.probabilities.segment(),
                        r.expert.segment(),
                        r.weight.segment(),
                        r.logSumExp.segment());
        return r;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8, 2, 1",
        "1, 8, 2, 1",
        "1, 1, 1, 1",
        "50, 8, 1, 1",
        "50, 8, 8, 1",
        "40, 17, 2, 3",
        "600, 33, 4, 1",
        "30, 257, 6, 1",
        "40, 8, 2, 80"
    })
    void matchesTheReference(int tokens, int experts, int topK, double scale) {
        Shape shape = new Shape(tokens, experts, topK);
        Tensor logits = tensors.random(tokens * experts, scale);
        Tensor dWeight = tensors.random(tokens * topK, 1);
        Tensor balance = tensors.random(experts, 1);
        for (Weights weights : Weights.values()) {
            GateReference reference = new GateReference(tokens, experts, topK, weights == Weights.RENORMALISED);
            GateReference.Forward expected = reference.forward(logits.doubles());
            Threads.each(kernels -> {
                Result r = forward(kernels, logits, shape, weights);
                assertThat(r.expert.bits()).isEqualTo(expected.expert());
                Tolerance.sums(experts).check("p", expected.probabilities(), r.probabilities.floats());
                Tolerance.sums(experts).check("weight", expected.weight(), r.weight.floats());
                Tolerance.sums(experts).check("lse", expected.logSumExp(), r.logSumExp.floats());

                Tensor dLogits = tensors.poison(tokens * experts);
                kernels.gate()
                        .backward(
                                r.saved(),
                                shape,
                                weights,
                                dWeight.segment(),
                                balance.segment(),
                                0.25f,
                                dLogits.segment());
                double[] d = reference.backward(
                        logits.doubles(), r.expert.bits(), dWeight.doubles(), balance.doubles(), 0.25);
                Tolerance.sums(experts + topK).times(3).around(1).check("dLogits", d, dLogits.floats());
            });
        }
    }

    @Test
    void tiesGoToTheLowerId() {
        Tensor logits = tensors.of(1, 3, 3, 1, 3, 0, 2, 2, 2, 2, 2, 2);
        Threads.each(kernels -> {
            Result r = forward(kernels, logits, new Shape(2, 6, 4), Weights.RENORMALISED);
            assertThat(r.expert.bits()).containsExactly(1, 2, 4, 0, 0, 1, 2, 3);
            assertThat(r.weight.floats()[4]).isEqualTo(0.25f);
        });
    }

    @Test
    void extremeLogitsStayFinite() {
        Tensor logits = tensors.of(1e4f, -1e4f, 0, 9999f, -80, 80, 80, -80, -1e4f, -1e4f, -1e4f, -1e4f);
        Shape shape = new Shape(3, 4, 4);
        GateReference reference = new GateReference(3, 4, 4, true);
        Threads.each(kernels -> {
            Result r = forward(kernels, logits, shape, Weights.RENORMALISED);
            GateReference.Forward expected = reference.forward(logits.doubles(), r.expert.bits());
            Tolerance.sums(4).check("p", expected.probabilities(), r.probabilities.floats());
            Tolerance.sums(4).check("lse", expected.logSumExp(), r.logSumExp.floats());
            assertThat(r.expert.bits()).containsExactly(0, 3, 2, 1, 1, 2, 0, 3, 0, 1, 2, 3);
            Tensor dLogits = tensors.poison(12);
            Tensor one = tensors.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
            kernels.gate()
                    .backward(
                            r.saved(), shape, Weights.RENORMALISED, one.segment(), one.segment(), 0, dLogits.segment());
            double[] d = reference.backward(
                    logits.doubles(), r.expert.bits(), one.doubles(), Arrays.copyOf(one.doubles(), 4), 0);
            Tolerance.sums(8).times(3).around(12).check("dLogits", d, dLogits.floats());
        });
    }

    @Test
    void expertsMaskedByMinusInfinityComeLast() {
        float no = Float.NEGATIVE_INFINITY;
        Tensor logits = tensors.of(no, -5, no, 2, no, no, no, 1);
        Threads.each(kernels -> {
            Result r = forward(kernels, logits, new Shape(2, 4, 3), Weights.RENORMALISED);
            assertThat(r.expert.bits()).containsExactly(3, 1, 0, 3, 0, 1);
            assertThat(r.weight.floats()).endsWith(1f, 0f, 0f);
        });
    }

    @Test
    void aTokenOfNaNsKeepsValidIds() {
        Tensor logits = tensors.of(Float.NaN, 1, 2, 1, 2, 3);
        Threads.each(kernels -> {
            Result r = forward(kernels, logits, new Shape(2, 3, 2), Weights.RENORMALISED);
            assertThat(r.expert.bits()).containsExactly(0, 1, 2, 1);
            assertThat(r.weight.floats()[0]).isNaN();
            assertThat(r.weight.floats()[2]).isBetween(0.7f, 0.75f);
        });
    }

    @Test
    void histogramCounts() {
        Tensor expert = tensors.ints(3, 1, 3, 3, 0, 1);
        Threads.each(kernels -> {
            Tensor counts = tensors.poison(5);
            kernels.gate().histogram(expert.segment(), new Shape(3, 5, 2), counts.segment());
            assertThat(counts.bits()).containsExactly(1, 2, 0, 3, 0);
            Tensor none = tensors.poison(5);
            kernels.gate().histogram(expert.segment(), new Shape(0, 5, 2), none.segment());
            assertThat(none.bits()).containsOnly(0);
            assertThatThrownBy(() -> kernels.gate().histogram(expert.segment(), new Shape(3, 3, 2), counts.segment()))
                    .hasMessageContaining("expert[0] = 3, allowed 0..2");
            assertThatThrownBy(() -> forward(kernels, expert, new Shape(1, 2, 3), Weights.PROBABILITY))
                    .hasMessageContaining("topK <= experts");
        });
    }

    @Test
    void sameBitsForAnyThreads() {
        Shape shape = new Shape(3000, 19, 3);
        Tensor logits = tensors.random(3000 * 19, 2);
        Tensor dWeight = tensors.random(9000, 1);
        Tensor balance = tensors.random(19, 1);
        Threads.sameBits(kernels -> {
            Result r = forward(kernels, logits, shape, Weights.RENORMALISED);
            Tensor d = tensors.poison(3000 * 19);
            kernels.gate()
                    .backward(
                            r.saved(),
                            shape,
                            Weights.RENORMALISED,
                            dWeight.segment(),
                            balance.segment(),
                            1,
                            d.segment());
            return List.of(r.probabilities, r.expert, r.weight, r.logSumExp, d);
        });
    }
}
