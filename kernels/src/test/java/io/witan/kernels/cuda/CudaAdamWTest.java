package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AdamWKernel.State;
import io.witan.kernels.AdamWKernel.Update;
import io.witan.kernels.reference.Tolerance;
import org.junit.jupiter.api.Test;

class CudaAdamWTest {
    private static final int[] COUNTS = {0, 1, 5, 2047, 2048, 4100, 10_007};

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

        void check(String what) {
            // m adds two products that may cancel; the parameter adds m's share.
            Tolerance.sums(2).check(what + " first", first.expected(), first.actual());
            Tolerance.roundings(4).check(what + " second", second.expected(), second.actual());
            Tolerance.sums(2).check(what + " parameter", parameter.expected(), parameter.actual());
        }
    }

    @Test
    void fiveStepsFollowTheHost() {
        try (Twins twins = new Twins()) {
            CudaAdamW cuda = new CudaAdamW(twins.device());
            for (int count : COUNTS) {
                for (int shift = 0; shift < 2; shift++) {
                    int n = count + shift;
                    Twin state = new Twin(twins.normal(n, 1), twins.floats(new float[n]), twins.floats(new float[n]));
                    for (long step = 1; step <= 5; step++) {
                        var gradient = twins.normal(count, 0.1);
                        Update update = new Update(3e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, step, 0.5f);
                        State host = state.host(shift);
                        State device = state.device(shift);
                        twins.host().adamW().step(host, gradient.host(), host, count, update);
                        cuda.step(device, gradient.device(), device, count, update);
                    }
                    state.check("count " + count);
                }
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
