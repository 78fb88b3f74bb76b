package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** One pass: three streams and the gradient in, three streams out. */
final class HostAdamW implements AdamWKernel {
    private final Blockwise blockwise;

    HostAdamW(Blockwise blockwise) {
        this.blockwise = blockwise;
    }

    @Override
    public void step(State in, MemorySegment gradient, State out, long count, Update update, Written written) {
        Factors factors = Factors.of(update);
        Operand.in("adamW gradient", gradient, count);
        Operand.in("adamW parameter in", in.parameter(), count);
        Operand.in("adamW firstMoment in", in.firstMoment(), count);
        Operand.in("adamW secondMoment in", in.secondMoment(), count);
        Operand.out("adamW parameter out", out.parameter(), count);
        Operand.out("adamW firstMoment out", out.firstMoment(), count);
        Operand.out("adamW secondMoment out", out.secondMoment(), count);
        MemorySegment[] operands = {
            gradient,
            in.parameter(),
            in.firstMoment(),
            in.secondMoment(),
            out.parameter(),
            out.firstMoment(),
            out.secondMoment()
        };
        blockwise.run(count, 4, operands, (at, unused, n) -> update(at, n, factors), written::part);
    }

    private static void update(long[] at, int n, Factors f) {
        long gradient = at[0];
        long parameterIn = at[1];
        long firstIn = at[2];
        long secondIn = at[3];
        long parameterOut = at[4];
        long firstOut = at[5];
        long secondOut = at[6];
        for (int i = 0; i < n; i += COUNT) {
            FloatVector g =
                    fromMemorySegment(SPECIES, MEMORY, gradient + 4L * i, ORDER).mul(f.gradientScale());
            FloatVector m =
                    fromMemorySegment(SPECIES, MEMORY, firstIn + 4L * i, ORDER).mul(f.beta1());
            m = m.add(g.mul(f.oneMinusBeta1()));
            FloatVector v =
                    fromMemorySegment(SPECIES, MEMORY, secondIn + 4L * i, ORDER).mul(f.beta2());
            v = v.add(g.mul(g).mul(f.oneMinusBeta2()));
            FloatVector p = fromMemorySegment(SPECIES, MEMORY, parameterIn + 4L * i, ORDER)
                    .mul(f.decay());
            p = p.sub(m.mul(f.rate()).div(v.sqrt().mul(f.rootCorrection()).add(f.epsilon())));
            m.intoMemorySegment(MEMORY, firstOut + 4L * i, ORDER);
            v.intoMemorySegment(MEMORY, secondOut + 4L * i, ORDER);
            p.intoMemorySegment(MEMORY, parameterOut + 4L * i, ORDER);
        }
    }
}
