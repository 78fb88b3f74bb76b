package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.AuxiliaryLosses;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * s = sigmoid(h), each expert for itself (BASE layers, Lewis et al. 2021; DeepSeek-V3, section 2.1.2). The order is that of the logits.
 * For the balance loss an expert's share of a token is s_e / sum s (DeepSeek-V3, section 2.1.2).
 */
record SigmoidScores(GateKernel.Weights weights) implements Scores {
    @Override
    public Scored score(MemorySegment logits, GateKernel.Shape shape, StepArena arena) {
        int experts = shape.experts();
        int topK = shape.topK();
        MemorySegment s = arena.hostBytes((long) shape.tokens() * experts * Float.BYTES);
        MemorySegment expert = arena.hostInts((long) shape.tokens() * topK);
        MemorySegment weight = arena.hostBytes((long) shape.tokens() * topK * Float.BYTES);
        MemorySegment logSumExp = arena.hostBytes((long) shape.tokens() * Float.BYTES);
        Scored host = new Scored(arena.toHost(logits), new GateKernel.Saved(s, expert, weight, logSumExp), shape);
        double[] row = new double[experts];
        int[] best = new int[topK];
        double[] weights = new double[topK];
        for (int t = 0; t < shape.tokens(); t++) {
            for (int e = 0; e < experts; e++) {
                row[e] = host.logit(t, e);
                s.setAtIndex(JAVA_FLOAT, (long) t * experts + e, (float) Scalars.sigmoid(row[e]));
            }
            logSumExp.setAtIndex(JAVA_FLOAT, t, (float) Scalars.logSumExp(row));
            Best.choose(row, best);
            weigh(host, t, best, weights);
            for (int k = 0; k < topK; k++) {
                expert.setAtIndex(JAVA_INT, (long) t * topK + k, best[k]);
                weight.setAtIndex(JAVA_FLOAT, (long) t * topK + k, (float) weights[k]);
            }
        }
        GateKernel.Saved saved = new GateKernel.Saved(
                arena.toKernels(s), arena.toKernels(expert), arena.toKernels(weight), arena.toKernels(logSumExp));
        return new Scored(logits, saved, shape);
    }

    @Override
    public void weigh(Scored scored, int t, int[] expert, double[] weight) {
        double sum = 0;
        for (int k = 0; k < expert.length; k++) {
            weight[k] = Scalars.sigmoid(scored.logit(t, expert[k]));
            sum += weight[k];
        }
        for (int k = 0; k < expert.length && weights == GateKernel.Weights.RENORMALISED; k++) {
            weight[k] /= Math.max(sum, Double.MIN_NORMAL);
        }
    }

    /**
     * dh = s (1 - s) ds + z-loss. Of a chosen one ds = dw, or (dw - sum w dw) / (sum of the chosen s); of the balance loss
     * ds_e = (balance_e - sum_j balance_j s_j / S) / S, S the sum of all s.
     */
    @Override
    public void backward(
            Scored scored,
            MemorySegment dWeight,
            MemorySegment balance,
            float zScale,
            MemorySegment dLogits,
            StepArena arena) {
        Scored host = scored.toHost(arena);
        MemorySegment dw = arena.toHost(dWeight);
        double[] ofBalance = new double[scored.shape().experts()];
        MemorySegment hostBalance = arena.toHost(balance);
        Arrays.setAll(ofBalance, e -> hostBalance.getAtIndex(JAVA_FLOAT, e));
        MemorySegment d = arena.hostBytes((long) scored.shape().tokens() * ofBalance.length * Float.BYTES);
        for (int t = 0; t < scored.shape().tokens(); t++) {
            double[] ds = ofLoss(host, t, ofBalance);
            addChosen(host, t, dw, ds);
            for (int e = 0; e < ds.length; e++) {
                double s = host.score(t, e);
                double lse = host.logSumExp(t);
                double z = 2 * zScale * lse * StrictMath.exp(host.logit(t, e) - lse);
                d.setAtIndex(JAVA_FLOAT, (long) t * ds.length + e, (float) (s * (1 - s) * ds[e] + z));
            }
        }
        arena.copy(arena.toKernels(d), dLogits, d.byteSize());
    }

    private static double[] ofLoss(Scored scored, int t, double[] balance) {
        double total = 0;
        double loss = 0;
        for (int e = 0; e < balance.length; e++) {
            total += scored.score(t, e);
            loss += balance[e] * scored.score(t, e);
        }
        double[] ds = new double[balance.length];
        for (int e = 0; e < ds.length; e++) {
            ds[e] = total == 0 ? 0 : (balance[e] - loss / total) / total;
        }
        return ds;
    }

    private void addChosen(Scored scored, int t, MemorySegment dWeight, double[] ds) {
        int topK = scored.shape().topK();
        MemorySegment expert = scored.saved().expert();
        double own = 0;
        double sum = 0;
        for (long at = (long) t * topK; at < (t + 1L) * topK; at++) {
            own += (double) scored.saved().weight().getAtIndex(JAVA_FLOAT, at) * dWeight.getAtIndex(JAVA_FLOAT, at);
            sum += scored.score(t, expert.getAtIndex(JAVA_INT, at));
        }
        for (long at = (long) t * topK; at < (t + 1L) * topK; at++) {
            double dw = dWeight.getAtIndex(JAVA_FLOAT, at);
            boolean renormalised = weights == GateKernel.Weights.RENORMALISED;
            ds[expert.getAtIndex(JAVA_INT, at)] += renormalised ? (dw - own) / Math.max(sum, Float.MIN_NORMAL) : dw;
        }
    }

    @Override
    public AuxiliaryLosses losses(Scored scored, long[] load, long tokens) {
        double[] share = new double[scored.shape().experts()];
        for (int t = 0; t < scored.shape().tokens(); t++) {
            double total = 0;
            for (int e = 0; e < share.length; e++) {
                total += scored.score(t, e);
            }
            for (int e = 0; e < share.length; e++) {
                share[e] += scored.score(t, e) / Math.max(total, Float.MIN_NORMAL);
            }
        }
        return Losses.of(share, scored, load, tokens);
    }
}
