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
            long whole = from + (to - from) / COUNT * COUNT;
            wholeVectors(in, gradient, out, from, whole, factors);
            if (whole < to) {
                lastVector(in, gradient, out, 4 * whole, (int) (to - whole), factors);
            }
        });
    }

    private static void wholeVectors(State in, MemorySegment gradient, State out, long from, long to, Factors f) {
        long parameter = in.parameter().address();
        long first = in.firstMoment().address();
        long second = in.secondMoment().address();
        long slope = gradient.address();
        long parameterOut = out.parameter().address();
        long firstOut = out.firstMoment().address();
        long secondOut = out.secondMoment().address();
        for (long offset = 4 * from; offset < 4 * to; offset += 4 * COUNT) {
            FloatVector g = Lanes.load(slope + offset).mul(f.gradientScale);
            FloatVector m = f.first(Lanes.load(first + offset), g);
            FloatVector v = f.second(Lanes.load(second + offset), g);
            Lanes.store(f.parameter(Lanes.load(parameter + offset), m, v), parameterOut + offset);
            Lanes.store(m, firstOut + offset);
            Lanes.store(v, secondOut + offset);
        }
    }

    private static void lastVector(State in, MemorySegment gradient, State out, long offset, int left, Factors f) {
        VectorMask<Float> mask = Lanes.first(left);
        FloatVector g = Lanes.load(gradient.address() + offset, mask).mul(f.gradientScale);
        FloatVector m = f.first(Lanes.load(in.firstMoment().address() + offset, mask), g);
        FloatVector v = f.second(Lanes.load(in.secondMoment().address() + offset, mask), g);
        FloatVector p = f.parameter(Lanes.load(in.parameter().address() + offset, mask), m, v);
        Lanes.store(p, out.parameter().address() + offset, mask);
        Lanes.store(m, out.firstMoment().address() + offset, mask);
        Lanes.store(v, out.secondMoment().address() + offset, mask);
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

        FloatVector first(FloatVector m, FloatVector g) {
            return m.mul(beta1).add(g.mul(oneMinusBeta1));
        }

        FloatVector second(FloatVector v, FloatVector g) {
            return v.mul(beta2).add(g.mul(g).mul(oneMinusBeta2));
        }

        FloatVector parameter(FloatVector p, FloatVector m, FloatVector v) {
            FloatVector root = v.sqrt().mul(rootCorrection).add(epsilon);
            return p.mul(decay).sub(m.mul(rate).div(root));
        }
    }
}
