package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** One pass: three streams and the gradient in, three streams out. */
final class HostAdamW implements AdamWKernel {
    private final Workers workers;

    HostAdamW(Workers workers) {
        this.workers = workers;
    }

    @Override
    public void step(State in, MemorySegment gradient, State out, long count, Update update) {
        if (update.step() < 1) {
            throw new IllegalArgumentException("adamW step is " + update.step() + "; the first update is 1");
        }
        Operand.in("adamW gradient", gradient, count);
        Operand.in("adamW parameter in", in.parameter(), count);
        Operand.in("adamW firstMoment in", in.firstMoment(), count);
        Operand.in("adamW secondMoment in", in.secondMoment(), count);
        Operand.out("adamW parameter out", out.parameter(), count);
        Operand.out("adamW firstMoment out", out.firstMoment(), count);
        Operand.out("adamW secondMoment out", out.secondMoment(), count);
        Factors factors = Factors.of(update);
        workers.elements(count, (from, to) -> {
            for (long i = from; i <= to - COUNT; i += COUNT) {
                update(in, gradient, out, 4 * i, Lanes.first(COUNT), factors);
            }
            long tail = from + (to - from) / COUNT * COUNT;
            if (tail < to) {
                update(in, gradient, out, 4 * tail, Lanes.first(to - tail), factors);
            }
        });
    }

    private static void update(
            State in, MemorySegment gradient, State out, long offset, VectorMask<Float> mask, Factors f) {
        FloatVector g = Lanes.load(gradient.address() + offset, mask).mul(f.gradientScale);
        FloatVector m = Lanes.load(in.firstMoment().address() + offset, mask);
        FloatVector v = Lanes.load(in.secondMoment().address() + offset, mask);
        FloatVector p = Lanes.load(in.parameter().address() + offset, mask);
        m = m.mul(f.beta1).add(g.mul(f.oneMinusBeta1));
        v = v.mul(f.beta2).add(g.mul(g).mul(f.oneMinusBeta2));
        FloatVector root = v.sqrt().mul(f.rootCorrection).add(f.epsilon);
        p = p.mul(f.decay).sub(m.mul(f.rate).div(root));
        Lanes.store(m, out.firstMoment().address() + offset, mask);
        Lanes.store(v, out.secondMoment().address() + offset, mask);
        Lanes.store(p, out.parameter().address() + offset, mask);
    }

    /** The scalars of one update, computed in double. */
    private record Factors(
            float gradientScale,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float rootCorrection,
            float epsilon,
            float decay,
            float rate) {
        static Factors of(Update u) {
            double correction1 = 1 - Math.pow(u.beta1(), u.step());
            double correction2 = 1 - Math.pow(u.beta2(), u.step());
            return new Factors(
                    u.gradientScale(),
                    u.beta1(),
                    (float) (1.0 - u.beta1()),
                    u.beta2(),
                    (float) (1.0 - u.beta2()),
                    (float) (1 / Math.sqrt(correction2)),
                    u.epsilon(),
                    (float) (1 - (double) u.learningRate() * u.weightDecay()),
                    (float) (u.learningRate() / correction1));
        }
    }
}
