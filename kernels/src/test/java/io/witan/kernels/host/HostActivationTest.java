package io.witan.kernels.host;

import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostActivationTest {
    private static final float[] EXTREMES = {
        0f, -0f, 80f, -80f, 1e4f, -1e4f, 1e30f, -1e30f, 1e-40f, -1e-40f, 14.9f, -14.9f, 15.1f, -15.1f, 88.8f, -88.8f
    };

    @RegisterExtension
    final Tensors tensors = new Tensors();

    private Tensor input(int count) {
        Tensor x = tensors.random(count, 3);
        for (int i = 0; i < Math.min(count / 2, EXTREMES.length); i++) {
            x.set(2 * i, EXTREMES[i]);
        }
        return x;
    }

    private static double[] map(Tensor x, java.util.function.DoubleUnaryOperator f) {
        return Arrays.stream(x.doubles()).map(f).toArray();
    }

    private static double[] times(double[] a, double[] b) {
        double[] c = a.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] *= b[i];
        }
        return c;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 33, 257, 60_001})
    void geluMatchesTheReference(int n) {
        Tensor x = input(n);
        double[] y = map(x, Reference::gelu);
        double[] slope = map(x, Reference::geluDerivative);
        Threads.each(kernels -> {
            Tensor out = tensors.poison(n);
            kernels.activation().gelu(x.segment(), out.segment(), n);
            Tolerance.roundings(16).around(1e-30).check("gelu", y, out.floats());

            Tensor inPlace = tensors.of(x.floats());
            kernels.activation().gelu(inPlace.segment(), inPlace.segment(), n);
            Tolerance.roundings(0).check("gelu in place", out.doubles(), inPlace.floats());

            Tensor slopes = tensors.of(x.floats());
            Tensor trained = tensors.poison(n);
            kernels.activation().geluWithSlope(slopes.segment(), trained.segment(), n);
            Tolerance.roundings(0).check("gelu with slope", out.doubles(), trained.floats());
            // The derivative crosses 0 near x = -0.75, where its two terms cancel.
            Tolerance.roundings(24).around(0.5).check("slope", slope, slopes.floats());
        });
    }

    private static double tanhGelu(double x) {
        return x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) / 2;
    }

    /** By a central difference, whose error is far below what fp32 shows. */
    private static double tanhGeluDerivative(double x) {
        return (tanhGelu(x + 1e-4) - tanhGelu(x - 1e-4)) / 2e-4;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 33, 257, 60_001})
    void tanhGeluMatchesItsDefinition(int n) {
        Tensor x = tensors.random(n, 6);
        if (n > 3) {
            x.set(1, -0f);
            x.set(2, 300f);
            x.set(3, -300f);
        }
        double[] y = map(x, HostActivationTest::tanhGelu);
        double[] slope = map(x, HostActivationTest::tanhGeluDerivative);
        Threads.each(kernels -> {
            Tensor out = tensors.poison(n);
            kernels.activation().geluTanh(x.segment(), out.segment(), n);
            Tolerance.roundings(24).around(1e-3).check("gelu", y, out.floats());

            Tensor inPlace = tensors.of(x.floats());
            kernels.activation().geluTanh(inPlace.segment(), inPlace.segment(), n);
            Tolerance.roundings(0).check("gelu in place", out.doubles(), inPlace.floats());

            Tensor slopes = tensors.of(x.floats());
            Tensor trained = tensors.poison(n);
            kernels.activation().geluTanhWithSlope(slopes.segment(), trained.segment(), n);
            Tolerance.roundings(0).check("gelu with slope", out.doubles(), trained.floats());
            Tolerance.roundings(32).around(0.5).check("slope", slope, slopes.floats());
        });
    }

    private static double largest(Tensor t) {
        return Arrays.stream(t.doubles()).map(Math::abs).max().orElse(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 33, 257, 60_001})
    void swigluMatchesTheReference(int n) {
        Tensor gate = input(n);
        Tensor up = tensors.random(n, 1);
        double[] silu = map(gate, Reference::silu);
        double[] slope = map(gate, Reference::siluDerivative);
        Threads.each(kernels -> {
            Tensor y = tensors.poison(n);
            kernels.activation().swiglu(gate.segment(), up.segment(), y.segment(), n);
            Tolerance.roundings(16).around(1e-30).check("y", times(silu, up.doubles()), y.floats());

            Tensor yInPlace = tensors.of(up.floats());
            kernels.activation().swiglu(gate.segment(), yInPlace.segment(), yInPlace.segment(), n);
            Tolerance.roundings(0).check("y in place", y.doubles(), yInPlace.floats());

            Tensor gateSlope = tensors.of(gate.floats());
            Tensor upSlope = tensors.of(up.floats());
            Tensor trained = tensors.poison(n);
            kernels.activation().swigluWithSlopes(gateSlope.segment(), upSlope.segment(), trained.segment(), n);
            Tolerance.roundings(0).check("y with slopes", y.doubles(), trained.floats());
            Tolerance.roundings(24)
                    .around(0.5 * largest(up))
                    .check("gate's slope", times(slope, up.doubles()), gateSlope.floats());
            Tolerance.roundings(16).around(1e-30).check("up's slope", silu, upSlope.floats());
        });
    }

    @Test
    void sameBitsForAnyThreads() {
        Tensor x = input(100_003);
        Tensor up = tensors.random(100_003, 1);
        Threads.sameBits(kernels -> {
            Tensor y = tensors.poison(100_003);
            Tensor z = tensors.poison(100_003);
            Tensor gateSlope = tensors.of(x.floats());
            Tensor upSlope = tensors.of(up.floats());
            kernels.activation().gelu(x.segment(), y.segment(), 100_003);
            kernels.activation().swigluWithSlopes(gateSlope.segment(), upSlope.segment(), z.segment(), 100_003);
            return List.of(y, z, gateSlope, upSlope);
        });
    }
}
