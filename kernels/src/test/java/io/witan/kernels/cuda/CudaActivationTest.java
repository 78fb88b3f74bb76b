package io.witan.kernels.cuda;

import io.witan.kernels.reference.Tolerance;
import org.junit.jupiter.api.Test;

class CudaActivationTest {
    /** Results of a few roundings, and functions of the library on either side. */
    private static final Tolerance EXACT = Tolerance.roundings(16);

    /** In the tail of Phi an argument's rounding counts as often as its square. */
    private static final Tolerance TAIL = Tolerance.roundings(100);

    private static final int[] COUNTS = {0, 1, 255, 256, 257, 5000};

    @Test
    void gelu() {
        try (Twins twins = new Twins()) {
            CudaActivation cuda = new CudaActivation(twins.device());
            for (int count : COUNTS) {
                var x = twins.normal(count, 3);
                var y = twins.poison(count);
                twins.host().activation().gelu(x.host(), y.host(), count);
                cuda.gelu(x.device(), y.device(), count);
                TAIL.check("gelu", y.expected(), y.actual());
                var z = twins.poison(count);
                twins.host().activation().geluWithSlope(x.host(), z.host(), count);
                cuda.geluWithSlope(x.device(), z.device(), count);
                TAIL.check("gelu", z.expected(), z.actual());
                EXACT.around(1).check("slope", x.expected(), x.actual());
            }
        }
    }

    @Test
    void swiglu() {
        try (Twins twins = new Twins()) {
            CudaActivation cuda = new CudaActivation(twins.device());
            for (int count : COUNTS) {
                var gate = twins.normal(count, 3);
                var up = twins.normal(count, 2);
                var y = twins.poison(count);
                twins.host().activation().swiglu(gate.host(), up.host(), y.host(), count);
                cuda.swiglu(gate.device(), up.device(), y.device(), count);
                EXACT.check("swiglu", y.expected(), y.actual());
                var z = twins.poison(count);
                twins.host().activation().swigluWithSlopes(gate.host(), up.host(), z.host(), count);
                cuda.swigluWithSlopes(gate.device(), up.device(), z.device(), count);
                EXACT.check("swiglu", z.expected(), z.actual());
                EXACT.around(1).check("gate slope", gate.expected(), gate.actual());
                EXACT.check("up slope", up.expected(), up.actual());
            }
        }
    }
}
