package io.witan.runtime.moe.gate;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.AuxiliaryLosses;
import java.lang.foreign.MemorySegment;

/**
 * s = softmax(h) over all experts. Weights divided by their sum are the softmax over the chosen alone, so it makes no difference whether the
 * softmax comes before or after the choice.
 */
record SoftmaxScores(GateKernel kernel, GateKernel.Weights weights) implements Scores {
    @Override
    public Scored score(MemorySegment logits, GateKernel.Shape shape, StepArena arena) {
        GateKernel.Saved saved = new GateKernel.Saved(
                arena.floats((long) shape.tokens() * shape.experts()),
                arena.ints((long) shape.tokens() * shape.topK()),
                arena.floats((long) shape.tokens() * shape.topK()),
                arena.floats(shape.tokens()));
        kernel.forward(
                logits, shape, weights, saved.probabilities(), saved.expert(), saved.weight(), saved.logSumExp());
        return new Scored(logits, saved, shape);
    }

    @Override
    public void weigh(Scored scored, int t, int[] expert, double[] weight) {
        for (int k = 0; k < expert.length; k++) {
            weight[k] = scored.logit(t, expert[k]);
        }
        // Of the chosen alone: their probabilities may all be 0 in fp32, their quotients are not.
        double total = weights == GateKernel.Weights.RENORMALISED ? Scalars.logSumExp(weight) : scored.logSumExp(t);
        for (int k = 0; k < expert.length; k++) {
            weight[k] = StrictMath.exp(weight[k] - total);
        }
    }

    @Override
    public void backward(
            Scored scored,
            MemorySegment dWeight,
            MemorySegment balance,
            float zScale,
            MemorySegment dLogits,
            StepArena arena) {
        kernel.backward(scored.saved(), scored.shape(), weights, dWeight, balance, zScale, dLogits);
    }

    @Override
    public AuxiliaryLosses losses(Scored scored, long[] load, long tokens) {
        double[] share = new double[scored.shape().experts()];
        for (int t = 0; t < scored.shape().tokens(); t++) {
            for (int e = 0; e < share.length; e++) {
                share[e] += scored.score(t, e);
            }
        }
        return Losses.of(share, scored, load, tokens);
    }
}
