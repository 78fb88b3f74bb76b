package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AdamWKernel.State;
import io.witan.kernels.AdamWKernel.Update;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CudaAdamWTest {
    private static final int[] COUNTS = {0, 1, 5, 2047, 2048, 4100, 10_007};
    private static final int STEPS = 5;
    private static final float LEARNING_RATE = 3e-3f;

    private record Twin(Twins.Pair parameter, Twins.Pair first, Twins.Pair second) {
        State host(int shift) {
            return new State(
                    parameter.host().asSlice(4L * shift),
                    first.host().asSlice(4L * shift),
                    second.host().asSlice(4L * shift));
        }

        State device(int shift) {
            return new State(
                    parameter.device().asSlice(4L * shift),
                    first.device().asSlice(4L * shift),
                    second.device().asSlice(4L * shift));
        }

        /** After one step. */
        void check(String what) {
            // m adds two products that may cancel; the parameter adds m's share.
            Tolerance.sums(2).check(what + " first", first.expected(), first.actual());
            second(1).check(what + " second", second.expected(), second.actual());
            Tolerance.sums(2).check(what + " parameter", parameter.expected(), parameter.actual());
        }

        /**
         * After all steps, from moments of 0. A step of a moment is a product and a sum on either side, of which a fused one shares
         * none: 4 roundings a step. They fade as the terms themselves do, so they are shares of the moment as it would be without
         * cancellation. The parameter likewise, and its update of step t has 6 t roundings from the moments and 11 of its own: 145 in five
         * steps, of 1.11 learning rates at most (Cauchy and Schwarz; the moments' weights differ by a factor of 1.22). As shares of
         * 20 roundings, with the learning rates that the parameter has moved on the way, that is less than 14 learning rates.
         */
        void checkAll(String what, double firstSize, double parameterSize) {
            Tolerance step = Tolerance.roundings(4).times(STEPS);
            step.around(firstSize).check(what + " first", first.expected(), first.actual());
            second(STEPS).check(what + " second", second.expected(), second.actual());
            step.around(parameterSize + 14 * LEARNING_RATE)
                    .check(what + " parameter", parameter.expected(), parameter.actual());
        }

        /** As {@link #checkAll} says, and the square is one more rounding on either side; nothing cancels. */
        private static Tolerance second(int steps) {
            return Tolerance.roundings(4 * steps + 2);
        }
    }

    private static Update update(float learningRate, float beta1, float beta2, long step) {
        return new Update(learningRate, beta1, beta2, 1e-8f, 0.1f, step, 0.5f);
    }

    /** Runs all steps on both sides and checks them; the device takes its learning rate and betas from {@code device}. */
    private static void fiveSteps(Twins twins, int count, int shift, Update device) {
        CudaAdamW cuda = new CudaAdamW(twins.device());
        int n = count + shift;
        Twin state = new Twin(twins.normal(n, 1), twins.floats(new float[n]), twins.floats(new float[n]));
        double parameterSize = largest(state.parameter.expected());
        double[] firstSize = new double[count];
        for (long step = 1; step <= STEPS; step++) {
            var gradient = twins.normal(count, 0.1);
            double[] g = gradient.expected();
            Arrays.setAll(firstSize, i -> 0.9 * firstSize[i] + 0.1 * Math.abs(0.5 * g[i]));
            State host = state.host(shift);
            State onDevice = state.device(shift);
            twins.host().adamW().step(host, gradient.host(), host, count, update(LEARNING_RATE, 0.9f, 0.999f, step));
            Update update = update(device.learningRate(), device.beta1(), device.beta2(), step);
            cuda.step(onDevice, gradient.device(), onDevice, count, update);
        }
        state.checkAll("count " + count, largest(firstSize), parameterSize);
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    @Test
    void fiveStepsFollowTheHost() {
        try (Twins twins = new Twins()) {
            for (int count : COUNTS) {
                for (int shift = 0; shift < 2; shift++) {
                    fiveSteps(twins, count, shift, update(LEARNING_RATE, 0.9f, 0.999f, 1));
                }
            }
        }
    }

    /** The tolerance is far below what a coefficient changes that is off by a few units of its fifth digit. */
    @Test
    void aWrongCoefficientShows() {
        try (Twins twins = new Twins()) {
            for (int count : new int[] {1, 10_007}) {
                String name = "count " + count;
                assertThatThrownBy(() -> fiveSteps(twins, count, 0, update(LEARNING_RATE, 0.90002f, 0.999f, 1)))
                        .isInstanceOf(AssertionError.class)
                        .hasMessageStartingWith(name + " first");
                assertThatThrownBy(() -> fiveSteps(twins, count, 0, update(LEARNING_RATE, 0.9f, 0.99902f, 1)))
                        .isInstanceOf(AssertionError.class)
                        .hasMessageStartingWith(name + " second");
                assertThatThrownBy(() -> fiveSteps(twins, count, 0, update(3.01e-3f, 0.9f, 0.999f, 1)))
                        .isInstanceOf(AssertionError.class)
                        .hasMessageStartingWith(name + " parameter");
            }
        }
    }

    @Test
    void twoSlotsGiveTheSameBitsAndLeaveTheOldOne() {
        int n = 4099;
        Update update = new Update(1e-3f, 0.9f, 0.95f, 1e-8f, 0.01f, 7, 1);
        try (Twins twins = new Twins()) {
            CudaAdamW cuda = new CudaAdamW(twins.device());
            Twin from = new Twin(twins.normal(n, 1), twins.normal(n, 1), twins.normal(n, 1));
            cuda.step(from.device(0), from.second.device(), from.device(0), 0, update);
            twins.host().vector().multiply(from.first.host(), from.first.host(), from.second.host(), n);
            new CudaVector(twins.device()).multiply(from.first.device(), from.first.device(), from.second.device(), n);
            Twin to = new Twin(twins.poison(n), twins.poison(n), twins.poison(n));
            var gradient = twins.normal(n, 1);
            twins.host().adamW().step(from.host(0), gradient.host(), to.host(0), n, update);
            cuda.step(from.device(0), gradient.device(), to.device(0), n, update);
            to.check("second slot");
            assertThat(from.parameter.actualInts()).isEqualTo(from.parameter.expectedInts());
            cuda.step(from.device(0), gradient.device(), from.device(0), n, update);
            assertThat(from.parameter.actualInts()).isEqualTo(to.parameter.actualInts());
            assertThat(from.first.actualInts()).isEqualTo(to.first.actualInts());
            assertThat(from.second.actualInts()).isEqualTo(to.second.actualInts());
        }
    }

    @Test
    void refusesStepZero() {
        try (Twins twins = new Twins()) {
            CudaAdamW cuda = new CudaAdamW(twins.device());
            var x = twins.normal(1, 1).device();
            State state = new State(x, x, x);
            assertThatThrownBy(() -> cuda.step(state, x, state, 1, new Update(1, 0.9f, 0.9f, 0, 0, 0, 1)))
                    .hasMessageContaining("adamW step is 0");
        }
    }
}
