package io.witan.runtime.layer;

import io.witan.runtime.engine.Ragged;
import java.util.Arrays;

/** What layers compute, in double, element by element. */
final class Definitions {
    static final double EPSILON = 1e-5;

    private Definitions() {}

    /** x W^T + b; b null for none. */
    static double[] linear(double[] x, double[] w, double[] b, int in) {
        int rows = in == 0 ? 0 : x.length / in;
        int out = w.length / in;
        double[] y = new double[rows * out];
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < out; o++) {
                double sum = b == null ? 0 : b[o];
                for (int i = 0; i < in; i++) {
                    sum += x[r * in + i] * w[o * in + i];
                }
                y[r * out + o] = sum;
            }
        }
        return y;
    }

    static double[] layerNorm(double[] x, double[] gain, double[] bias) {
        int d = gain.length;
        double[] y = new double[x.length];
        for (int r = 0; r < x.length; r += d) {
            double mean = Arrays.stream(x, r, r + d).average().orElse(0);
            double variance = Arrays.stream(x, r, r + d)
                    .map(v -> (v - mean) * (v - mean))
                    .average()
                    .orElse(0);
            for (int i = 0; i < d; i++) {
                y[r + i] = (x[r + i] - mean) / Math.sqrt(variance + EPSILON) * gain[i] + bias[i];
            }
        }
        return y;
    }

    static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < b.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    /** Channels first .. first + count - 1 of rows. */
    static double[] channels(double[] x, int width, int first, int count) {
        double[] part = new double[x.length / width * count];
        for (int i = 0; i < part.length; i++) {
            part[i] = x[i / count * width + first + i % count];
        }
        return part;
    }

    /** Normal distribution's Phi by Simpson's rule from 0. */
    static double gelu(double x) {
        int steps = 200;
        double h = x / steps;
        double integral = 0;
        for (int i = 0; i <= steps; i++) {
            double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
            integral += weight * Math.exp(-i * h * i * h / 2);
        }
        return x * (0.5 + integral * h / 3 / Math.sqrt(2 * Math.PI));
    }

    static double[] feedForward(double[] x, double[] w1, double[] b1, double[] w2, double[] b2, int width) {
        double[] h =
                Arrays.stream(linear(x, w1, b1, width)).map(Definitions::gelu).toArray();
        return linear(h, w2, b2, w2.length / width);
    }

    /** Attention of each sequence's queries to its keys. */
    static double[] attention(
            double[] q, double[] k, double[] v, Ragged queries, Ragged keys, int width, int heads, boolean causal) {
        int w = width / heads;
        double[] out = new double[q.length];
        for (int row = 0; row < queries.rows(); row++) {
            int sequence = queries.sequenceOf(row);
            int seen = causal ? row - queries.begin(sequence) + 1 : keys.length(sequence);
            for (int c = 0; c < width; c += w) {
                double[] p = new double[seen];
                double sum = 0;
                for (int n = 0; n < seen; n++) {
                    double score = 0;
                    for (int j = c; j < c + w; j++) {
                        score += q[row * width + j] * k[(keys.begin(sequence) + n) * width + j];
                    }
                    p[n] = Math.exp(score / Math.sqrt(w));
                    sum += p[n];
                }
                for (int n = 0; n < seen; n++) {
                    for (int j = c; j < c + w; j++) {
                        out[row * width + j] += p[n] / sum * v[(keys.begin(sequence) + n) * width + j];
                    }
                }
            }
        }
        return out;
    }
}
