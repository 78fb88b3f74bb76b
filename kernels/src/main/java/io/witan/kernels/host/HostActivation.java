package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Elementary;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Each block in a few passes that stay in the first-level cache. */
final class HostActivation implements ActivationKernel {
    private static final float TANH_CUBIC = 0.044715f;
    /** 2 sqrt(2/pi). */
    private static final float TANH_LINEAR = 1.5957691f;
    /** exp(-z) is 0 or more than an fp32 can hold before that. */
    private static final float TANH_END = 12;

    private final Blockwise blockwise;

    HostActivation(Blockwise blockwise) {
        this.blockwise = blockwise;
    }

    @Override
    public void gelu(MemorySegment x, MemorySegment y, long count) {
        Operand.in("gelu x", x, count);
        Operand.out("gelu y", y, count);
        blockwise.run(count, 1, new MemorySegment[] {x, y}, (at, e, n) -> {
            Elementary.gaussian(at[0], e, n);
            Elementary.normalCdf(at[0], e, second(e), n);
            Rows.multiply(at[0], second(e), at[1], n);
        });
    }

    private static long second(long e) {
        return e + 4L * Blockwise.BLOCK;
    }

    @Override
    public void geluWithSlope(MemorySegment x, MemorySegment y, long count) {
        Operand.out("gelu x", x, count);
        Operand.out("gelu y", y, count);
        blockwise.run(count, 1, new MemorySegment[] {x, y, x}, (at, e, n) -> {
            Elementary.gaussian(at[0], e, n);
            Elementary.normalCdf(at[0], e, second(e), n);
            Rows.multiply(at[0], second(e), at[1], n);
            Elementary.geluDerivative(at[0], e, second(e), at[2], n);
        });
    }

    @Override
    public void geluTanh(MemorySegment x, MemorySegment y, long count) {
        Operand.in("geluTanh x", x, count);
        Operand.out("geluTanh y", y, count);
        blockwise.run(count, 1, new MemorySegment[] {x, y}, (at, e, n) -> {
            tanhArgument(at[0], e, n);
            Elementary.exp(e, e, -1f, 0f, n);
            for (int i = 0; i < n; i += COUNT) {
                fromMemorySegment(SPECIES, MEMORY, at[0] + 4L * i, ORDER)
                        .div(fromMemorySegment(SPECIES, MEMORY, e + 4L * i, ORDER)
                                .add(1f))
                        .intoMemorySegment(MEMORY, at[1] + 4L * i, ORDER);
            }
        });
    }

    @Override
    public void geluTanhWithSlope(MemorySegment x, MemorySegment y, long count) {
        Operand.out("geluTanh x", x, count);
        Operand.out("geluTanh y", y, count);
        blockwise.run(count, 1, new MemorySegment[] {x, y, x}, (at, e, n) -> {
            tanhArgument(at[0], e, n);
            Elementary.exp(e, e, -1f, 0f, n);
            geluTanhLoop(at, e, n);
        });
    }

    /** to = z = 2 sqrt(2/pi) (x + 0.044715 x^3), with which (1 + tanh(z/2)) / 2 = sigmoid(z); cut where the sigmoid is 0 or 1. */
    private static void tanhArgument(long x, long to, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            v = v.max(-TANH_END).min(TANH_END);
            FloatVector z = v.mul(v).mul(TANH_CUBIC).add(1f).mul(v).mul(TANH_LINEAR);
            z.intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
    }

    /** With e = exp(-z): y = x s and slope = s + x s (1 - s) z', s = 1 / (1 + e). */
    private static void geluTanhLoop(long[] at, long e, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector x = fromMemorySegment(SPECIES, MEMORY, at[0] + 4L * i, ORDER);
            FloatVector denominator =
                    fromMemorySegment(SPECIES, MEMORY, e + 4L * i, ORDER).add(1f);
            FloatVector sigmoid = FloatVector.broadcast(SPECIES, 1f).div(denominator);
            FloatVector cut = x.max(-TANH_END).min(TANH_END);
            FloatVector argumentSlope = cut.mul(cut).mul(3 * TANH_CUBIC).add(1f).mul(TANH_LINEAR);
            FloatVector slope = sigmoid.neg()
                    .add(1f)
                    .mul(sigmoid)
                    .mul(cut)
                    .mul(argumentSlope)
                    .add(sigmoid);
            x.div(denominator).intoMemorySegment(MEMORY, at[1] + 4L * i, ORDER);
            slope.intoMemorySegment(MEMORY, at[2] + 4L * i, ORDER);
        }
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment y, long count) {
        Operand.in("swiglu gate", gate, count);
        Operand.in("swiglu up", up, count);
        Operand.out("swiglu y", y, count);
        blockwise.run(count, 2, new MemorySegment[] {gate, up, y}, (at, e, n) -> {
            Elementary.exp(at[0], e, -1f, 0f, n);
            swigluLoop(at[0], at[1], e, at[2], n);
        });
    }

    /** With e = exp(-gate): sigmoid = 1 / (1 + e). */
    private static void swigluLoop(long gate, long up, long e, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector silu = fromMemorySegment(SPECIES, MEMORY, gate + 4L * i, ORDER)
                    .div(fromMemorySegment(SPECIES, MEMORY, e + 4L * i, ORDER).add(1f));
            silu.mul(fromMemorySegment(SPECIES, MEMORY, up + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, y + 4L * i, ORDER);
        }
    }

    @Override
    public void swigluWithSlopes(MemorySegment gate, MemorySegment up, MemorySegment y, long count) {
        Operand.out("swiglu gate", gate, count);
        Operand.out("swiglu up", up, count);
        Operand.out("swiglu y", y, count);
        blockwise.run(count, 2, new MemorySegment[] {gate, up, y, gate, up}, (at, e, n) -> {
            Elementary.exp(at[0], e, -1f, 0f, n);
            swigluSlopesLoop(at, e, n);
        });
    }

    private static void swigluSlopesLoop(long[] at, long e, int n) {
        long gate = at[0];
        long up = at[1];
        long y = at[2];
        long gateSlope = at[3];
        long upSlope = at[4];
        for (int i = 0; i < n; i += COUNT) {
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, gate + 4L * i, ORDER);
            FloatVector u = fromMemorySegment(SPECIES, MEMORY, up + 4L * i, ORDER);
            FloatVector denominator =
                    fromMemorySegment(SPECIES, MEMORY, e + 4L * i, ORDER).add(1f);
            FloatVector silu = g.div(denominator);
            FloatVector sigmoid = FloatVector.broadcast(SPECIES, 1f).div(denominator);
            // silu' = sigmoid + silu * (1 - sigmoid)
            FloatVector slope = sigmoid.neg().add(1f).lanewise(VectorOperators.FMA, silu, sigmoid);
            silu.mul(u).intoMemorySegment(MEMORY, y + 4L * i, ORDER);
            slope.mul(u).intoMemorySegment(MEMORY, gateSlope + 4L * i, ORDER);
            silu.intoMemorySegment(MEMORY, upSlope + 4L * i, ORDER);
        }
    }
}
