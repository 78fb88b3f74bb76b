package io.witan.kernels.reference;

import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.kernels.RaggedAttentionKernel.Shape;
import java.util.Arrays;

/** Attention of sequences of uneven lengths in double, one query at a time; gradients by differences of its own output. */
public record RaggedAttentionReference(Shape shape) {
    private static final double STEP = 1e-5;

    /**
     * @param q [queries, D]
     * @param k [keys, D]
     * @param v [keys, D]
     * @return [queries, D]
     */
    public double[] forward(double[] q, double[] k, double[] v) {
        int d = shape.width();
        int w = shape.headWidth();
        double[] out = new double[q.length];
        for (int i = 0; i < shape.sequences(); i++) {
            int firstKey = shape.keyOffsets()[i];
            for (int m = 0; m < shape.queriesOf(i); m++) {
                int row = shape.queryOffsets()[i] + m;
                int seen = shape.reach() == Reach.CAUSAL ? m + 1 : shape.keysOf(i);
                for (int c = 0; seen > 0 && c < d; c += w) {
                    double[] scores = new double[seen];
                    for (int n = 0; n < seen; n++) {
                        for (int j = c; j < c + w; j++) {
                            scores[n] += q[row * d + j] * k[(firstKey + n) * d + j] / Math.sqrt(w);
                        }
                    }
                    double[] p = Reference.softmax(scores);
                    for (int n = 0; n < seen; n++) {
                        for (int j = c; j < c + w; j++) {
                            out[row * d + j] += p[n] * v[(firstKey + n) * d + j];
                        }
                    }
                }
            }
        }
        return out;
    }

    /** Slopes of {@code out . dOut} by each element of operand 0 (q), 1 (k) or 2 (v). */
    public double[] gradient(double[][] operands, double[] dOut, int of) {
        double[][] moved = Arrays.stream(operands).map(double[]::clone).toArray(double[][]::new);
        double[] gradient = new double[operands[of].length];
        for (int i = 0; i < gradient.length; i++) {
            moved[of][i] = operands[of][i] + STEP;
            double above = objective(moved, dOut);
            moved[of][i] = operands[of][i] - STEP;
            gradient[i] = (above - objective(moved, dOut)) / (2 * STEP);
            moved[of][i] = operands[of][i];
        }
        return gradient;
    }

    private double objective(double[][] operands, double[] dOut) {
        double[] out = forward(operands[0], operands[1], operands[2]);
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            sum += out[i] * dOut[i];
        }
        return sum;
    }
}
