package io.witan.models.huggingface;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The forward pass of a {@link TinyModel} in double, token by token, from the architectures' definitions. */
final class ReferenceDecoder {
    private static final int W = TinyModel.D / TinyModel.HEADS;

    private final TinyModel model;
    private final boolean renormalised;

    ReferenceDecoder(TinyModel model) {
        this.model = model;
        this.renormalised = !Boolean.FALSE.equals(model.config.get("norm_topk_prob"));
    }

    /** Logits of the token after all of these. */
    double[] logits(int[] ids) {
        double[][] x = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            x[t] = row("model.embed_tokens.weight", ids[t], TinyModel.D);
        }
        for (int l = 0; l < TinyModel.LAYERS; l++) {
            String layer = "model.layers." + l + ".";
            double[][] attended = attention(layer, x);
            for (int t = 0; t < x.length; t++) {
                x[t] = sum(x[t], attended[t]);
                x[t] = sum(x[t], feedForward(layer, normed(layer + "post_attention_layernorm.weight", x[t])));
            }
        }
        String head = model.values.containsKey("lm_head.weight") ? "lm_head.weight" : "model.embed_tokens.weight";
        return product(head, normed("model.norm.weight", x[ids.length - 1]));
    }

    private double[][] attention(String layer, double[][] x) {
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] normed = normed(layer + "input_layernorm.weight", x[t]);
            q[t] = turned(projected(layer + "self_attn.q_proj", normed), t);
            k[t] = turned(projected(layer + "self_attn.k_proj", normed), t);
            v[t] = projected(layer + "self_attn.v_proj", normed);
        }
        double[][] out = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] mixed = new double[TinyModel.D];
            for (int head = 0; head < TinyModel.HEADS; head++) {
                int shared = head / (TinyModel.HEADS / TinyModel.KV_HEADS);
                double[] scores = new double[t + 1];
                for (int j = 0; j <= t; j++) {
                    for (int c = 0; c < W; c++) {
                        scores[j] += q[t][head * W + c] * k[j][shared * W + c] / Math.sqrt(W);
                    }
                }
                double[] p = softmax(scores);
                for (int j = 0; j <= t; j++) {
                    for (int c = 0; c < W; c++) {
                        mixed[head * W + c] += p[j] * v[j][shared * W + c];
                    }
                }
            }
            out[t] = product(layer + "self_attn.o_proj.weight", mixed);
        }
        return out;
    }

    private double[] projected(String name, double[] x) {
        double[] y = product(name + ".weight", x);
        double[] bias = model.values.get(name + ".bias");
        return bias == null ? y : sum(y, bias);
    }

    /** Each head by x cos + rotate_half(x) sin, where rotate_half puts the negated upper half before the lower one. */
    private static double[] turned(double[] x, int position) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int channel = i % W;
            double angle = position * Math.pow(TinyModel.THETA, -2.0 * (channel % (W / 2)) / W);
            double half = channel < W / 2 ? -x[i + W / 2] : x[i - W / 2];
            y[i] = x[i] * Math.cos(angle) + half * Math.sin(angle);
        }
        return y;
    }

    private double[] feedForward(String layer, double[] x) {
        if (model.values.containsKey(layer + "mlp.gate_proj.weight")) {
            return swiglu(layer + "mlp.gate_proj", layer + "mlp.up_proj", layer + "mlp.down_proj", x);
        }
        boolean mixtral = model.values.containsKey(layer + "block_sparse_moe.gate.weight");
        String moe = layer + (mixtral ? "block_sparse_moe." : "mlp.");
        double[] p = softmax(product(moe + "gate.weight", x));
        int[] chosen = IntStream.range(0, p.length)
                .boxed()
                .sorted(Comparator.comparingDouble(e -> -p[e]))
                .limit(TinyModel.TOP_K)
                .mapToInt(Integer::intValue)
                .toArray();
        double total =
                renormalised ? Arrays.stream(chosen).mapToDouble(e -> p[e]).sum() : 1;
        double[] y = new double[x.length];
        for (int e : chosen) {
            String expert = moe + "experts." + e + ".";
            double[] own = mixtral
                    ? swiglu(expert + "w1", expert + "w3", expert + "w2", x)
                    : swiglu(expert + "gate_proj", expert + "up_proj", expert + "down_proj", x);
            y = sum(y, scaled(own, p[e] / total));
        }
        if (!mixtral) {
            String shared = moe + "shared_expert.";
            double gate = product(moe + "shared_expert_gate.weight", x)[0];
            double[] own = swiglu(shared + "gate_proj", shared + "up_proj", shared + "down_proj", x);
            y = sum(y, scaled(own, 1 / (1 + Math.exp(-gate))));
        }
        return y;
    }

    private double[] swiglu(String gate, String up, String down, double[] x) {
        double[] a = product(gate + ".weight", x);
        double[] b = product(up + ".weight", x);
        for (int i = 0; i < a.length; i++) {
            a[i] = a[i] / (1 + Math.exp(-a[i])) * b[i];
        }
        return product(down + ".weight", a);
    }

    private double[] normed(String name, double[] x) {
        double square = Arrays.stream(x).map(v -> v * v).sum() / x.length;
        double[] gain = model.values.get(name);
        double[] y = new double[x.length];
        Arrays.setAll(y, i -> x[i] / Math.sqrt(square + TinyModel.EPSILON) * gain[i]);
        return y;
    }

    private double[] product(String name, double[] x) {
        int rows = (int) model.shapes.get(name)[0];
        double[] y = new double[rows];
        for (int r = 0; r < rows; r++) {
            double[] row = row(name, r, x.length);
            for (int c = 0; c < x.length; c++) {
                y[r] += row[c] * x[c];
            }
        }
        return y;
    }

    private double[] row(String name, int row, int cols) {
        return Arrays.copyOfRange(model.values.get(name), row * cols, (row + 1) * cols);
    }

    private static double[] softmax(double[] scores) {
        double max = Arrays.stream(scores).max().orElseThrow();
        double[] p = Arrays.stream(scores).map(s -> Math.exp(s - max)).toArray();
        double sum = Arrays.stream(p).sum();
        return scaled(p, 1 / sum);
    }

    private static double[] sum(double[] a, double[] b) {
        double[] y = new double[a.length];
        Arrays.setAll(y, i -> a[i] + b[i]);
        return y;
    }

    private static double[] scaled(double[] x, double factor) {
        return Arrays.stream(x).map(v -> v * factor).toArray();
    }
}
