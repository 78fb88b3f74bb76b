package io.witan.kernels.reference;

/** Causal attention in double, one query at a time; neighbouring heads of queries share a head of keys and values. */
public record AttentionReference(int sequences, int positions, int width, int heads, int kvHeads) {
    public AttentionReference(int sequences, int positions, int width, int heads) {
        this(sequences, positions, width, heads, heads);
    }

    private int at(int sequence, int position, int part, int head, int channel) {
        int n = width / heads;
        int row = (sequence * positions + position) * (heads + 2 * kvHeads) * n;
        int first = part == 0 ? head : heads + (part - 1) * kvHeads + head * kvHeads / heads;
        return row + first * n + channel;
    }

    private int outAt(int sequence, int position, int head, int channel) {
        return (sequence * positions + position) * width + head * (width / heads) + channel;
    }

    /** Probabilities of query i over keys 0..i. */
    private double[] probabilities(double[] qkv, int b, int h, int i) {
        int n = width / heads;
        double[] scores = new double[i + 1];
        for (int j = 0; j <= i; j++) {
            for (int c = 0; c < n; c++) {
                scores[j] += qkv[at(b, i, 0, h, c)] * qkv[at(b, j, 1, h, c)] / Math.sqrt(n);
            }
        }
        return Reference.softmax(scores);
    }

    public double[] forward(double[] qkv) {
        double[] out = new double[sequences * positions * width];
        for (int b = 0; b < sequences; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < positions; i++) {
                    double[] p = probabilities(qkv, b, h, i);
                    for (int j = 0; j <= i; j++) {
                        for (int c = 0; c < width / heads; c++) {
                            out[outAt(b, i, h, c)] += p[j] * qkv[at(b, j, 2, h, c)];
                        }
                    }
                }
            }
        }
        return out;
    }

    public double[] backward(double[] qkv, double[] dOut) {
        double[] d = new double[qkv.length];
        for (int b = 0; b < sequences; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < positions; i++) {
                    backwardQuery(qkv, dOut, d, b, h, i);
                }
            }
        }
        return d;
    }

    private void backwardQuery(double[] qkv, double[] dOut, double[] d, int b, int h, int i) {
        int n = width / heads;
        double[] p = probabilities(qkv, b, h, i);
        double[] dp = new double[i + 1];
        double mean = 0;
        for (int j = 0; j <= i; j++) {
            for (int c = 0; c < n; c++) {
                dp[j] += dOut[outAt(b, i, h, c)] * qkv[at(b, j, 2, h, c)];
                d[at(b, j, 2, h, c)] += p[j] * dOut[outAt(b, i, h, c)];
            }
            mean += p[j] * dp[j];
        }
        for (int j = 0; j <= i; j++) {
            double ds = p[j] * (dp[j] - mean) / Math.sqrt(n);
            for (int c = 0; c < n; c++) {
                d[at(b, i, 0, h, c)] += ds * qkv[at(b, j, 1, h, c)];
                d[at(b, j, 1, h, c)] += ds * qkv[at(b, i, 0, h, c)];
            }
        }
    }
}
