package io.witan.kernels.host;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AdamWKernel.State;
import io.witan.kernels.AdamWKernel.Update;
import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.Tolerance;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostAdamWTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    private static State state(Tensor p, Tensor m, Tensor v) {
        return new State(p.segment(), m.segment(), v.segment());
    }

    /** The update as the paper writes it, in double: three arrays, updated in place. */
    private static void reference(double[][] state, double[] gradient, Update u) {
        for (int i = 0; i < gradient.length; i++) {
            double g = gradient[i] * u.gradientScale();
            state[1][i] = u.beta1() * state[1][i] + (1.0 - u.beta1()) * g;
            state[2][i] = u.beta2() * state[2][i] + (1.0 - u.beta2()) * g * g;
            double m = state[1][i] / (1 - Math.pow(u.beta1(), u.step()));
            double v = state[2][i] / (1 - Math.pow(u.beta2(), u.step()));
            double step = m / (Math.sqrt(v) + u.epsilon()) + u.weightDecay() * state[0][i];
            state[0][i] -= u.learningRate() * step;
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0.1, 1", "1, 0, 1", "17, 0.1, 0.25", "33, 0.01, 1", "50003, 0.1, 0.5"})
    void fiveStepsFollowTheReference(int n, float decay, float gradientScale) {
        Tensor p = tensors.random(n, 1);
        Threads.each(kernels -> {
            Tensor parameter = tensors.of(p.floats());
            Tensor m = tensors.zeros(n);
            Tensor v = tensors.zeros(n);
            double[][] expected = {p.doubles(), new double[n], new double[n]};
            for (long step = 1; step <= 5; step++) {
                Tensor gradient = tensors.random(n, 0.1);
                Update update = new Update(3e-3f, 0.9f, 0.999f, 1e-8f, decay, step, gradientScale);
                kernels.adamW().step(state(parameter, m, v), gradient.segment(), state(parameter, m, v), n, update);
                reference(expected, gradient.doubles(), update);
            }
            Tolerance.sums(4).times(5).check("m", expected[1], m.floats());
            Tolerance.roundings(4).times(5).check("v", expected[2], v.floats());
            Tolerance.sums(4).times(5).check("parameter", expected[0], parameter.floats());
        });
    }

    @Test
    void twoSlotsGiveTheSameBitsAndLeaveTheOldOne() {
        int n = 40_037;
        Tensor gradient = tensors.random(n, 1);
        Tensor p = tensors.random(n, 1);
        Tensor m = tensors.random(n, 1);
        Tensor v = tensors.of(m.floats());
        for (int i = 0; i < n; i++) {
            v.set(i, Math.abs(m.floats()[0]) + i % 5);
        }
        Update update = new Update(1e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, 7, 1);
        int[] before = p.bits();
        Threads.sameBits(kernels -> {
            Tensor p2 = tensors.poison(n);
            Tensor m2 = tensors.poison(n);
            Tensor v2 = tensors.poison(n);
            kernels.adamW().step(state(p, m, v), gradient.segment(), state(p2, m2, v2), n, update);
            assertThat(p.bits()).isEqualTo(before);
            Tensor p1 = tensors.of(p.floats());
            Tensor m1 = tensors.of(m.floats());
            Tensor v1 = tensors.of(v.floats());
            kernels.adamW().step(state(p1, m1, v1), gradient.segment(), state(p1, m1, v1), n, update);
            assertThat(p1.bits()).isEqualTo(p2.bits());
            assertThat(m1.bits()).isEqualTo(m2.bits());
            assertThat(v1.bits()).isEqualTo(v2.bits());
            return List.of(p2, m2, v2);
        });
    }

    @Test
    void everyElementIsToldOnceItIsWritten() {
        int n = 40_037;
        Tensor gradient = tensors.random(n, 1);
        Update update = new Update(1e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, 1, 1);
        Threads.each(kernels -> {
            State in = state(tensors.random(n, 1), tensors.zeros(n), tensors.zeros(n));
            List<Tensor> out = List.of(tensors.poison(n), tensors.poison(n), tensors.poison(n));
            List<Tensor> heard = List.of(tensors.zeros(n), tensors.zeros(n), tensors.zeros(n));
            AtomicIntegerArray told = new AtomicIntegerArray(n);
            kernels.adamW()
                    .step(
                            in,
                            gradient.segment(),
                            state(out.get(0), out.get(1), out.get(2)),
                            n,
                            update,
                            (from, count) -> {
                                for (long i = from; i < from + count; i++) {
                                    told.incrementAndGet((int) i);
                                    for (int t = 0; t < out.size(); t++) {
                                        float value = out.get(t).segment().getAtIndex(JAVA_FLOAT, i);
                                        heard.get(t).segment().setAtIndex(JAVA_FLOAT, i, value);
                                    }
                                }
                            });
            for (int i = 0; i < n; i++) {
                assertThat(told.get(i)).as("element %d", i).isEqualTo(1);
            }
            for (int t = 0; t < out.size(); t++) {
                assertThat(heard.get(t).bits()).isEqualTo(out.get(t).bits());
            }
        });
    }

    @Test
    void refusesStepZero() {
        Tensor t = tensors.zeros(1);
        try (Kernels kernels = HostKernels.open(1)) {
            assertThatThrownBy(() -> kernels.adamW()
                            .step(
                                    state(t, t, t),
                                    t.segment(),
                                    state(t, t, t),
                                    1,
                                    new Update(1, 0.9f, 0.9f, 0, 0, 0, 1)))
                    .hasMessageContaining("adamW step is 0");
        }
    }
}
