package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import io.witan.kernels.simd.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Blocks of elements, each in two or three passes that stay in the first-level cache: one pass would be too long a loop
 * for the compiler (see {@link VectorMath}). A last, partial vector is computed in scratch memory by the same loops.
 */
final class HostActivation implements ActivationKernel {
    /** Operands of one operation at most: inputs and outputs. */
    private static final int OPERANDS = 5;
    /** Elements of a block; behind them in the scratch block, one vector for each operand. */
    private static final int BLOCK = Scratch.BLOCK - OPERANDS * 64;

    private final Workers workers;
    private final Scratch scratch;

    HostActivation(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** Computes n elements, a multiple of the vector length. {@code at} has the operands' addresses, e is scratch. */
    private interface Loop {
        void run(long[] at, long e, int n);
    }

    private void run(long count, int inputs, MemorySegment[] operands, Loop loop) {
        workers.elements(count, (part, from, to) -> {
            long e = scratch.block(part);
            long[] at = new long[operands.length];
            for (long begin = from; begin < to; begin += BLOCK) {
                for (int i = 0; i < at.length; i++) {
                    at[i] = operands[i].address() + 4 * begin;
                }
                int n = (int) Math.min(BLOCK, to - begin);
                int whole = n / COUNT * COUNT;
                loop.run(at, e, whole);
                if (whole < n) {
                    tail(at, inputs, e, whole, n - whole, loop);
                }
            }
        });
    }

    private static void tail(long[] at, int inputs, long e, int whole, int left, Loop loop) {
        long[] copy = new long[at.length];
        for (int i = 0; i < at.length; i++) {
            copy[i] = e + 4L * (BLOCK + i * COUNT);
            if (i < inputs) {
                Lanes.zero(copy[i], 4L * COUNT);
                Lanes.copy(at[i] + 4L * whole, copy[i], 4L * left);
            }
        }
        loop.run(copy, e, COUNT);
        for (int i = inputs; i < at.length; i++) {
            Lanes.copy(copy[i], at[i] + 4L * whole, 4L * left);
        }
    }

    @Override
    public void gelu(MemorySegment x, MemorySegment y, long count) {
        Operand.in("gelu x", x, count);
        Operand.out("gelu y", y, count);
        run(count, 1, new MemorySegment[] {x, y}, (at, e, n) -> {
            gaussianExponents(at[0], e, n);
            Rows.exp(e, e, 1f, 0f, n);
            geluLoop(at[0], e, at[1], n);
        });
    }

    private static void gaussianExponents(long x, long e, int n) {
        for (int i = 0; i < n; i += COUNT) {
            Lanes.store(VectorMath.gaussianExponent(Lanes.load(x + 4L * i)), e + 4L * i);
        }
    }

    private static void geluLoop(long x, long e, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector v = Lanes.load(x + 4L * i);
            FloatVector gaussian = VectorMath.gaussian(v, Lanes.load(e + 4L * i));
            Lanes.store(v.mul(VectorMath.normalCdf(v, gaussian)), y + 4L * i);
        }
    }

    @Override
    public void geluBackward(MemorySegment x, MemorySegment dy, MemorySegment dx, long count) {
        Operand.in("geluBackward x", x, count);
        Operand.in("geluBackward dy", dy, count);
        Operand.out("geluBackward dx", dx, count);
        run(count, 2, new MemorySegment[] {x, dy, dx}, (at, e, n) -> {
            gaussianExponents(at[0], e, n);
            Rows.exp(e, e, 1f, 0f, n);
            slopeLoop(at[0], e, n);
            Rows.multiply(at[1], e, at[2], n);
        });
    }

    /** e becomes the derivative of gelu. */
    private static void slopeLoop(long x, long e, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector v = Lanes.load(x + 4L * i);
            FloatVector gaussian = VectorMath.gaussian(v, Lanes.load(e + 4L * i));
            FloatVector cdf = VectorMath.normalCdf(v, gaussian);
            Lanes.store(VectorMath.geluDerivative(v, gaussian, cdf), e + 4L * i);
        }
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment y, long count) {
        Operand.in("swiglu gate", gate, count);
        Operand.in("swiglu up", up, count);
        Operand.out("swiglu y", y, count);
        run(count, 2, new MemorySegment[] {gate, up, y}, (at, e, n) -> {
            Rows.exp(at[0], e, -1f, 0f, n);
            swigluLoop(at[0], at[1], e, at[2], n);
        });
    }

    /** With e = exp(-gate): sigmoid = 1 / (1 + e). */
    private static void swigluLoop(long gate, long up, long e, long y, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector silu =
                    Lanes.load(gate + 4L * i).div(Lanes.load(e + 4L * i).add(1f));
            Lanes.store(silu.mul(Lanes.load(up + 4L * i)), y + 4L * i);
        }
    }

    @Override
    public void swigluBackward(
            MemorySegment gate,
            MemorySegment up,
            MemorySegment dy,
            MemorySegment dGate,
            MemorySegment dUp,
            long count) {
        Operand.in("swigluBackward gate", gate, count);
        Operand.in("swigluBackward up", up, count);
        Operand.in("swigluBackward dy", dy, count);
        Operand.out("swigluBackward dGate", dGate, count);
        Operand.out("swigluBackward dUp", dUp, count);
        run(count, 3, new MemorySegment[] {gate, up, dy, dGate, dUp}, (at, e, n) -> {
            Rows.exp(at[0], e, -1f, 0f, n);
            swigluBackwardLoop(at, e, n);
        });
    }

    private static void swigluBackwardLoop(long[] at, long e, int n) {
        long gate = at[0];
        long up = at[1];
        long dy = at[2];
        long dGate = at[3];
        long dUp = at[4];
        for (int i = 0; i < n; i += COUNT) {
            FloatVector g = Lanes.load(gate + 4L * i);
            FloatVector d = Lanes.load(dy + 4L * i);
            FloatVector sigmoid = FloatVector.broadcast(Lanes.SPECIES, 1f)
                    .div(Lanes.load(e + 4L * i).add(1f));
            FloatVector silu = g.mul(sigmoid);
            // silu' = sigmoid + silu * (1 - sigmoid)
            FloatVector slope = sigmoid.neg().add(1f).lanewise(VectorOperators.FMA, silu, sigmoid);
            FloatVector dSilu = d.mul(Lanes.load(up + 4L * i));
            Lanes.store(dSilu.mul(slope), dGate + 4L * i);
            Lanes.store(d.mul(silu), dUp + 4L * i);
        }
    }
}
