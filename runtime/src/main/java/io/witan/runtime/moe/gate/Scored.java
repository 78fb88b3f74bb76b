package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Logits [T, E] and what {@link Scores} made of them.
 *
 * @param shape K as in {@code saved}
 */
record Scored(MemorySegment logits, GateKernel.Saved saved, GateKernel.Shape shape) {
    /** The same where the host finds it. */
    Scored toHost(StepArena arena) {
        GateKernel.Saved host = new GateKernel.Saved(
                arena.toHost(saved.probabilities()),
                arena.toHost(saved.expert()),
                arena.toHost(saved.weight()),
                arena.toHost(saved.logSumExp()));
        return new Scored(arena.toHost(logits), host, shape);
    }

    /** Scores and log-sum-exp where the host finds them; the rest stays where it is. */
    Scored scoresToHost(StepArena arena) {
        GateKernel.Saved host = new GateKernel.Saved(
                arena.toHost(saved.probabilities()), saved.expert(), saved.weight(), arena.toHost(saved.logSumExp()));
        return new Scored(logits, host, shape);
    }

    /** The same with other experts and weights. */
    Scored with(MemorySegment expert, MemorySegment weight, int choices) {
        return new Scored(
                logits,
                new GateKernel.Saved(saved.probabilities(), expert, weight, saved.logSumExp()),
                new GateKernel.Shape(shape.tokens(), shape.experts(), choices));
    }

    /** In host memory. */
    double logit(int t, int e) {
        return logits.getAtIndex(JAVA_FLOAT, (long) t * shape.experts() + e);
    }

    /** In host memory. */
    double score(int t, int e) {
        return saved.probabilities().getAtIndex(JAVA_FLOAT, (long) t * shape.experts() + e);
    }

    /** In host memory. */
    double logSumExp(int t) {
        return saved.logSumExp().getAtIndex(JAVA_FLOAT, t);
    }
}
