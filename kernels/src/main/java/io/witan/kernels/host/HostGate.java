package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.GateKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** A token whose probabilities are NaN goes to experts 0..K-1 with NaN weights: ids stay valid, the loss shows the NaN. */
final class HostGate implements GateKernel {
    private final Workers workers;
    private final Scratch scratch;

    HostGate(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    @Override
    public void forward(
            MemorySegment logits,
            Shape shape,
            Weights weights,
            MemorySegment probabilities,
            MemorySegment expert,
            MemorySegment weight,
            MemorySegment logSumExp) {
        long all = (long) shape.tokens() * shape.experts();
        long chosen = (long) shape.tokens() * shape.topK();
        Operand.in("gate logits", logits, all);
        Operand.out("gate probabilities", probabilities, all);
        Operand.out("gate expert", expert, chosen);
        Operand.out("gate weight", weight, chosen);
        Operand.out("gate logSumExp", logSumExp, shape.tokens());
        int experts = shape.experts();
        int topK = shape.topK();
        workers.rows(shape.tokens(), 4L * experts * topK, (part, from, to) -> {
            for (long t = from; t < to; t++) {
                long p = probabilities.address() + 4 * t * experts;
                long x = logits.address() + 4 * t * experts;
                float lse = softmax(x, p, experts, scratch.block(part));
                Lanes.set(logSumExp.address() + 4 * t, lse);
                choose(x, p, expert.address() + 4 * t * topK, shape);
                weigh(p, expert.address() + 4 * t * topK, weight.address() + 4 * t * topK, topK, weights);
            }
        });
    }

    private static float softmax(long logits, long p, int n, long pad) {
        float max = Rows.max(logits, n);
        float sum = Rows.exp(logits, p, max, n, pad);
        Rows.scale(p, 1f / sum, n);
        return (float) (max + Math.log(sum));
    }

    /**
     * The K first in the order "larger logit, then lower id": each pick is the best after the one before. Logits order as
     * exact probabilities do, also where those are 0 in fp32.
     */
    private static void choose(long logits, long p, long expert, Shape shape) {
        boolean broken = Float.isNaN(Lanes.get(p));
        float last = Float.POSITIVE_INFINITY;
        int lastId = -1;
        for (int k = 0; k < shape.topK(); k++) {
            int id = broken ? k : next(logits, shape.experts(), last, lastId);
            Lanes.setInt(expert + 4L * k, id);
            last = Lanes.get(logits + 4L * id);
            lastId = id;
        }
    }

    private static int next(long logits, int experts, float last, int lastId) {
        float best = Float.NEGATIVE_INFINITY;
        int id = -1;
        for (int e = 0; e < experts; e++) {
            float value = Lanes.get(logits + 4L * e);
            boolean after = value < last || (value == last && e > lastId);
            if (after && (value > best || id < 0)) {
                best = value;
                id = e;
            }
        }
        return id;
    }

    private static void weigh(long p, long expert, long weight, int topK, Weights weights) {
        float total = weights == Weights.RENORMALISED ? chosenSum(p, expert, topK) : 1f;
        for (int k = 0; k < topK; k++) {
            Lanes.set(weight + 4L * k, Lanes.get(p + 4L * Lanes.getInt(expert + 4L * k)) / total);
        }
    }

    private static float chosenSum(long p, long expert, int topK) {
        float sum = 0;
        for (int k = 0; k < topK; k++) {
            sum += Lanes.get(p + 4L * Lanes.getInt(expert + 4L * k));
        }
        return sum;
    }

    @Override
    public void backward(
            Saved saved,
            Shape shape,
            Weights weights,
            MemorySegment dWeight,
            MemorySegment balance,
            float zScale,
            MemorySegment dLogits) {
        long all = (long) shape.tokens() * shape.experts();
        long chosen = (long) shape.tokens() * shape.topK();
        Operand.in("gate probabilities", saved.probabilities(), all);
        Operand.indices("gate expert", saved.expert(), chosen, 0, shape.experts());
        Operand.in("gate weight", saved.weight(), chosen);
        Operand.in("gate logSumExp", saved.logSumExp(), shape.tokens());
        Operand.in("gate dWeight", dWeight, chosen);
        Operand.in("gate balance", balance, shape.experts());
        Operand.out("gate dLogits", dLogits, all);
        int experts = shape.experts();
        int topK = shape.topK();
        workers.rows(shape.tokens(), 4L * experts + 16L * topK, (from, to) -> {
            for (long t = from; t < to; t++) {
                long p = saved.probabilities().address() + 4 * t * experts;
                long d = dLogits.address() + 4 * t * experts;
                long ids = saved.expert().address() + 4 * t * topK;
                long w = saved.weight().address() + 4 * t * topK;
                long dw = dWeight.address() + 4 * t * topK;
                float mean = chosenDot(w, dw, topK);
                float own = weights == Weights.RENORMALISED ? mean : 0f;
                float lse = Lanes.get(saved.logSumExp().address() + 4 * t);
                float common = 2 * zScale * lse - Rows.dot(p, balance.address(), experts) - (mean - own);
                spread(p, balance.address(), common, d, experts);
                addChosen(ids, w, dw, own, d, topK);
            }
        });
    }

    /** Sum of w * dw over the chosen. For RENORMALISED it is subtracted from each dw, otherwise from every dL/dp. */
    private static float chosenDot(long w, long dw, int topK) {
        float sum = 0;
        for (int k = 0; k < topK; k++) {
            sum = Math.fma(Lanes.get(w + 4L * k), Lanes.get(dw + 4L * k), sum);
        }
        return sum;
    }

    /** d = p * (balance + common): the part of the softmax gradient that all experts have. */
    private static void spread(long p, long balance, float common, long d, int n) {
        for (int e = 0; e < n; e += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - e);
            FloatVector slope = fromMemorySegment(SPECIES, MEMORY, balance + 4L * e, ORDER, mask)
                    .add(common);
            fromMemorySegment(SPECIES, MEMORY, p + 4L * e, ORDER, mask)
                    .mul(slope)
                    .intoMemorySegment(MEMORY, d + 4L * e, ORDER, mask);
        }
    }

    /** p * dp of a chosen expert is w * (dw - own) in both kinds of weights. */
    private static void addChosen(long ids, long w, long dw, float own, long d, int topK) {
        for (int k = 0; k < topK; k++) {
            long address = d + 4L * Lanes.getInt(ids + 4L * k);
            float slope = Lanes.get(dw + 4L * k) - own;
            Lanes.set(address, Math.fma(Lanes.get(w + 4L * k), slope, Lanes.get(address)));
        }
    }

    @Override
    public void histogram(MemorySegment expert, Shape shape, MemorySegment counts) {
        long chosen = (long) shape.tokens() * shape.topK();
        Operand.indices("histogram expert", expert, chosen, 0, shape.experts());
        Operand.out("histogram counts", counts, shape.experts());
        workers.serially(() -> {
            Lanes.zero(counts.address(), 4L * shape.experts());
            for (long i = 0; i < chosen; i++) {
                long count = counts.address() + 4L * Lanes.getInt(expert.address() + 4 * i);
                Lanes.setInt(count, Lanes.getInt(count) + 1);
            }
        });
    }
}
