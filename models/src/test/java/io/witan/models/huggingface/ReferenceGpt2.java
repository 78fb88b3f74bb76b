package io.witan.models.huggingface;

import java.util.Arrays;

/** The forward pass of {@link TinyModel#gpt2} in double, from the architecture's definition. */
record ReferenceGpt2(TinyModel model, String prefix) {
    private static final int D = TinyModel.D;
    private static final int W = D / TinyModel.HEADS;

    /** Logits of the token after all of these. */
    double[] logits(int[] ids) {
        double[][] x = new double[ids.length][D];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < D; i++) {
                x[t][i] = values("wte.weight")[ids[t] * D + i] + values("wpe.weight")[t * D + i];
            }
        }
        for (int l = 0; l < TinyModel.LAYERS; l++) {
            String layer = "h." + l + ".";
            double[][] qkv = new double[x.length][];
            for (int t = 0; t < x.length; t++) {
                qkv[t] = affine(layer + "attn.c_attn", normed(layer + "ln_1", x[t]));
            }
            for (int t = 0; t < x.length; t++) {
                x[t] = sum(x[t], affine(layer + "attn.c_proj", mixed(qkv, t)));
                double[] inner = affine(layer + "mlp.c_fc", normed(layer + "ln_2", x[t]));
                double[] h = Arrays.stream(inner)
                        .map(v -> 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))))
                        .toArray();
                x[t] = sum(x[t], affine(layer + "mlp.c_proj", h));
            }
        }
        double[] last = normed("ln_f", x[ids.length - 1]);
        double[] logits = new double[TinyModel.V];
        for (int v = 0; v < logits.length; v++) {
            for (int i = 0; i < D; i++) {
                logits[v] += values("wte.weight")[v * D + i] * last[i];
            }
        }
        return logits;
    }

    private double[] values(String name) {
        return model.values.get(prefix + name);
    }

    private static double[] mixed(double[][] qkv, int t) {
        double[] mixed = new double[D];
        for (int head = 0; head < TinyModel.HEADS; head++) {
            double[] p = new double[t + 1];
            double total = 0;
            for (int j = 0; j <= t; j++) {
                double score = 0;
                for (int c = head * W; c < (head + 1) * W; c++) {
                    score += qkv[t][c] * qkv[j][D + c] / Math.sqrt(W);
                }
                p[j] = Math.exp(score);
                total += p[j];
            }
            for (int j = 0; j <= t; j++) {
                for (int c = head * W; c < (head + 1) * W; c++) {
                    mixed[c] += p[j] / total * qkv[j][2 * D + c];
                }
            }
        }
        return mixed;
    }

    /** x W + b with W [in, out]. */
    private double[] affine(String name, double[] x) {
        double[] weight = values(name + ".weight");
        double[] y = values(name + ".bias").clone();
        for (int i = 0; i < x.length; i++) {
            for (int o = 0; o < y.length; o++) {
                y[o] += x[i] * weight[i * y.length + o];
            }
        }
        return y;
    }

    private double[] normed(String name, double[] x) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / x.length;
        double[] gain = values(name + ".weight");
        double[] bias = values(name + ".bias");
        double[] y = new double[x.length];
        Arrays.setAll(y, i -> (x[i] - mean) / Math.sqrt(variance + TinyModel.EPSILON) * gain[i] + bias[i]);
        return y;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] y = new double[a.length];
        Arrays.setAll(y, i -> a[i] + b[i]);
        return y;
    }
}
