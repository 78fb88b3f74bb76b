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
    void step(State in, MemorySegment gradient, State out, long count, Update update);

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
}
