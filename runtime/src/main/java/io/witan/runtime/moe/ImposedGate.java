package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.routing.ImposedChoice;
import java.lang.foreign.MemorySegment;

/**
 * Puts an imposed choice of experts in the place of the gate's. The weights are the gate's own for those experts, and the gate's backward
 * is the gradient of just that: it asks which experts were chosen and what their weights are, not why.
 */
final class ImposedGate {
    private final ImposedChoice choice;
    private final GateKernel.Weights weights;

    ImposedGate(ImposedChoice choice, GateKernel.Weights weights) {
        this.choice = choice;
        this.weights = weights;
    }

    /**
     * @param logits [T, E], where kernels work
     * @param gate outputs of the gate for these logits
     * @return the same with other experts and weights, in the arena
     */
    GateKernel.Saved replace(
            MemorySegment logits, GateKernel.Saved gate, GateKernel.Shape shape, StepContext context, StepArena arena) {
        long chosenCount = (long) shape.tokens() * shape.topK();
        MemorySegment expert = arena.hostInts(chosenCount);
        MemorySegment weight = arena.hostBytes(chosenCount * Float.BYTES);
        MemorySegment hostLogits = arena.toHost(logits);
        MemorySegment logSumExp = arena.toHost(gate.logSumExp());
        int[] chosen = new int[shape.topK()];
        double[] logit = new double[shape.topK()];
        for (int t = 0; t < shape.tokens(); t++) {
            choice.choose(context.step(), context.firstToken() + t, chosen);
            for (int k = 0; k < chosen.length; k++) {
                expert.setAtIndex(JAVA_INT, (long) t * chosen.length + k, chosen[k]);
                logit[k] = hostLogits.getAtIndex(JAVA_FLOAT, (long) t * shape.experts() + chosen[k]);
            }
            double total =
                    weights == GateKernel.Weights.RENORMALISED ? logSumExp(logit) : logSumExp.getAtIndex(JAVA_FLOAT, t);
            for (int k = 0; k < chosen.length; k++) {
                weight.setAtIndex(JAVA_FLOAT, (long) t * chosen.length + k, (float) StrictMath.exp(logit[k] - total));
            }
        }
        return new GateKernel.Saved(
                gate.probabilities(), arena.toKernels(expert), arena.toKernels(weight), gate.logSumExp());
    }

    /** Of the chosen alone: their probabilities may all be 0 in fp32, their quotients are not. */
    private static double logSumExp(double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (double logit : logits) {
            sum += StrictMath.exp(logit - max);
        }
        return max + StrictMath.log(sum);
    }
}
