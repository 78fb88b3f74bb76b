package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** AdamW with decoupled weight decay, fp32 state (Loshchilov and Hutter 2019; bias correction as in Adam). */
public interface AdamWKernel {
    /**
     * One update of {@code count} parameters. Input and output state may be the same segments, or two slots of which one
     * stays valid.
     *
     * @param gradient multiplied by {@link Update#gradientScale} first
     */
    default void step(State in, MemorySegment gradient, State out, long count, Update update) {
        step(in, gradient, out, count, update, (_, _) -> {});
    }

    /** The same, and tells of what is written. */
    void step(State in, MemorySegment gradient, State out, long count, Update update, Written written);

    /**
     * Hears of parts of the output, which do not overlap and together are all of it. On host memory each is told on the thread that has just
     * written it, while it is in that thread's cache: in any order, several at once; what this throws ends the step. Kernels with a memory of
     * their own tell of all of it at once, when its writing is queued: who reads has to wait for the device first.
     */
    interface Written {
        /** Elements from .. from + count - 1; count may be 0. */
        void part(long from, long count);
    }

    /** Parameters and both moments, equally long. */
    record State(MemorySegment parameter, MemorySegment firstMoment, MemorySegment secondMoment) {}

    /**
     * @param step number of this update, from 1, for the bias correction
     * @param gradientScale factor on the gradient (clipping)
     */
    record Update(
            float learningRate,
            float beta1,
            float beta2,
            float epsilon,
            float weightDecay,
            long step,
            float gradientScale) {}

    /** The scalars of one update, computed in double: the same for every back end. */
    record Factors(
            float gradientScale,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float rootCorrection,
            float epsilon,
            float decay,
            float rate) {
        /** @throws IllegalArgumentException if the step is below 1 */
        public static Factors of(Update u) {
            if (u.step() < 1) {
                throw new IllegalArgumentException("adamW step is " + u.step() + "; the first update is 1");
            }
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
