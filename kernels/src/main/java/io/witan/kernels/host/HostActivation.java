package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

final class HostActivation implements ActivationKernel {
    private final Workers workers;

    HostActivation(Workers workers) {
        this.workers = workers;
    }

    @Override
    public void gelu(MemorySegment x, MemorySegment y, long count) {
        Operand.in("gelu x", x, count);
        Operand.out("gelu y", y, count);
        workers.elements(count, (from, to) -> gelu(x.address() + 4 * from, y.address() + 4 * from, to - from));
    }

    private static void gelu(long x, long y, long n) {
        long i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            Lanes.store(VectorMath.gelu(Lanes.load(x + 4 * i)), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            Lanes.store(VectorMath.gelu(Lanes.load(x + 4 * i, mask)), y + 4 * i, mask);
        }
    }

    @Override
    public void geluBackward(MemorySegment x, MemorySegment dy, MemorySegment dx, long count) {
        Operand.in("geluBackward x", x, count);
        Operand.in("geluBackward dy", dy, count);
        Operand.out("geluBackward dx", dx, count);
        workers.elements(
                count,
                (from, to) -> geluBackward(
                        x.address() + 4 * from, dy.address() + 4 * from, dx.address() + 4 * from, to - from));
    }

    private static void geluBackward(long x, long dy, long dx, long n) {
        long i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector slope = VectorMath.geluDerivative(Lanes.load(x + 4 * i));
            Lanes.store(Lanes.load(dy + 4 * i).mul(slope), dx + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector slope = VectorMath.geluDerivative(Lanes.load(x + 4 * i, mask));
            Lanes.store(Lanes.load(dy + 4 * i, mask).mul(slope), dx + 4 * i, mask);
        }
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment y, long count) {
        Operand.in("swiglu gate", gate, count);
        Operand.in("swiglu up", up, count);
        Operand.out("swiglu y", y, count);
        workers.elements(
                count,
                (from, to) ->
                        swiglu(gate.address() + 4 * from, up.address() + 4 * from, y.address() + 4 * from, to - from));
    }

    private static void swiglu(long gate, long up, long y, long n) {
        long i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector g = Lanes.load(gate + 4 * i);
            Lanes.store(g.mul(VectorMath.sigmoid(g)).mul(Lanes.load(up + 4 * i)), y + 4 * i);
        }
        if (i < n) {
            VectorMask<Float> mask = Lanes.first(n - i);
            FloatVector g = Lanes.load(gate + 4 * i, mask);
            Lanes.store(g.mul(VectorMath.sigmoid(g)).mul(Lanes.load(up + 4 * i, mask)), y + 4 * i, mask);
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
        workers.elements(count, (from, to) -> {
            for (long i = from; i < to; i += COUNT) {
                VectorMask<Float> mask = Lanes.first(to - i);
                FloatVector g = Lanes.load(gate.address() + 4 * i, mask);
                FloatVector d = Lanes.load(dy.address() + 4 * i, mask);
                FloatVector s = VectorMath.sigmoid(g);
                FloatVector silu = g.mul(s);
                FloatVector dSilu = d.mul(Lanes.load(up.address() + 4 * i, mask));
                // silu' = s + silu * (1 - s)
                FloatVector slope = silu.lanewise(VectorOperators.FMA, s.neg().add(1f), s);
                Lanes.store(dSilu.mul(slope), dGate.address() + 4 * i, mask);
                Lanes.store(d.mul(silu), dUp.address() + 4 * i, mask);
            }
        });
    }
}
