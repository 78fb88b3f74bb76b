package io.witan.runtime.moe.gate;

import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Every gate in plain double precision, from its formula, token by token: the oracle. */
final class ReferenceGate {
    private final MoeConfig config;
    private final int sequence;
    private final NormalNoise noise;
    private final Map<String, double[]> parameters;
    private final double[] bias;
    private final TokenTasks tasks;

    /**
     * @param parameters by what their names have behind the router's, which itself is {@code router}; row-major
     * @param noise null: no noise
     * @param bias of each expert, for the choice
     */
    ReferenceGate(
            MoeConfig config,
            int sequence,
            NormalNoise noise,
            Map<String, double[]> parameters,
            double[] bias,
            TokenTasks tasks) {
        this.config = config;
        this.sequence = sequence;
        this.noise = noise;
        this.parameters = parameters;
        this.bias = bias;
        this.tasks = tasks;
    }

    /** An assignment in the order of a token's choices. */
    record Assigned(int expert, double weight, boolean dropped) {}

    /**
     * @param assigned of each token
     * @param shares [T][E]: what the balance loss takes of a token
     * @param logSumExp [T] of the logits
     */
    record Result(List<List<Assigned>> assigned, double[][] shares, double[] logSumExp) {}

    Result route(double[][] x) {
        double[][] logits = new double[x.length][];
        double[][] scores = new double[x.length][];
        double[][] shares = new double[x.length][];
        double[] lse = new double[x.length];
        for (int t = 0; t < x.length; t++) {
            logits[t] = logits(x[t], t);
            lse[t] = Math.log(Arrays.stream(logits[t]).map(Math::exp).sum());
            int token = t;
            boolean sigmoid = config.gate().score() == GateConfig.Score.SIGMOID;
            scores[t] = Arrays.stream(logits[t])
                    .map(h -> sigmoid ? 1 / (1 + Math.exp(-h)) : Math.exp(h - lse[token]))
                    .toArray();
            double total = Arrays.stream(scores[t]).sum();
            shares[t] = Arrays.stream(scores[t]).map(s -> s / total).toArray();
        }
        List<List<Integer>> experts = config.gate().select() == GateConfig.Select.EXPERT_CHOICE
                ? expertsChoose(scores)
                : tokensChoose(scores);
        boolean[][] dropped = dropped(scores, experts);
        List<List<Assigned>> assigned = new ArrayList<>();
        for (int t = 0; t < x.length; t++) {
            double[] s = scores[t];
            double norm = config.weights() == Weights.RENORMALISED
                    ? experts.get(t).stream().mapToDouble(e -> s[e]).sum()
                    : 1;
            List<Assigned> own = new ArrayList<>();
            for (int k = 0; k < experts.get(t).size(); k++) {
                int e = experts.get(t).get(k);
                own.add(new Assigned(e, s[e] / norm, dropped[t][k]));
            }
            assigned.add(own);
        }
        return new Result(assigned, shares, lse);
    }

    private double[] logits(double[] x, int token) {
        return switch (config.gate().task().by()) {
            case NONE -> logits(x, token, "router", "");
            case BIAS -> {
                double[] own = ofTask("task_bias", token);
                double[] h = logits(x, token, "router", "");
                Arrays.setAll(h, e -> h[e] + own[e]);
                yield h;
            }
            case EMBEDDING -> {
                double[] own = ofTask("task_embedding", token);
                double[] both = Arrays.copyOf(x, x.length + own.length);
                System.arraycopy(own, 0, both, x.length, own.length);
                yield logits(both, token, "router", "");
            }
            case ROUTER -> logits(x, token, "" + tasks.of(token), tasks.of(token) + ".");
        };
    }

    /** A task's row of a matrix. */
    private double[] ofTask(String name, int token) {
        double[] all = parameters.get(name);
        int width = all.length / config.gate().task().count();
        return Arrays.copyOfRange(all, tasks.of(token) * width, (tasks.of(token) + 1) * width);
    }

    /**
     * @param router name of the router
     * @param prefix of the other names
     */
    private double[] logits(double[] x, int token, String router, String prefix) {
        double[] h = new double[config.experts()];
        if (config.gate().logits() == GateConfig.Source.COSINE) {
            double[] q = times(parameters.get(prefix + "projection"), x);
            double[] bias = parameters.get(prefix + "projection_bias");
            Arrays.setAll(q, c -> q[c] + bias[c]);
            double scale = Math.exp(Math.min(parameters.get(prefix + "temperature")[0], Math.log(100)));
            for (int e = 0; e < h.length; e++) {
                double[] row = Arrays.copyOfRange(parameters.get(router), e * q.length, (e + 1) * q.length);
                h[e] = scale * dot(q, row) / Math.sqrt(dot(q, q) * dot(row, row));
            }
            return h;
        }
        double[] clean = times(parameters.get(router), x);
        if (noise == null || config.gate().logits() != GateConfig.Source.NOISY) {
            return clean;
        }
        double[] width = times(parameters.get(prefix + "noise"), x);
        Arrays.setAll(
                h,
                e -> clean[e]
                        + noise.at(GateTest.CONTEXT_STEP, GateTest.FIRST_TOKEN + token, e)
                                * Math.log(1 + Math.exp(width[e])));
        return h;
    }

    private List<List<Integer>> tokensChoose(double[][] scores) {
        List<List<Integer>> chosen = new ArrayList<>();
        for (double[] score : scores) {
            double[] s = score.clone();
            Arrays.setAll(s, e -> score[e] + bias[e]);
            boolean[] allowed = allowed(s);
            List<Integer> own = new ArrayList<>();
            while (own.size() < config.topK()) {
                int best = -1;
                for (int e = 0; e < s.length; e++) {
                    if (allowed[e] && !own.contains(e) && (best < 0 || s[e] > s[best])) {
                        best = e;
                    }
                }
                own.add(best);
            }
            chosen.add(own);
        }
        return chosen;
    }

    private boolean[] allowed(double[] s) {
        int groups = config.gate().groups();
        int limit = config.gate().groupLimit();
        int size = s.length / groups;
        int counted = (config.topK() + limit - 1) / limit;
        double[] value = new double[groups];
        for (int g = 0; g < groups; g++) {
            double[] own = Arrays.copyOfRange(s, g * size, (g + 1) * size);
            Arrays.sort(own);
            for (int i = 0; i < Math.min(counted, size); i++) {
                value[g] += own[size - 1 - i];
            }
        }
        boolean[] allowed = new boolean[s.length];
        for (int taken = 0; taken < limit; taken++) {
            int best = 0;
            for (int g = 1; g < groups; g++) {
                best = value[g] > value[best] ? g : best;
            }
            value[best] = Double.NEGATIVE_INFINITY;
            Arrays.fill(allowed, best * size, (best + 1) * size, true);
        }
        return allowed;
    }

    private int capacity(int tokens) {
        BigDecimal even = BigDecimal.valueOf(config.gate().capacityFactor())
                .multiply(BigDecimal.valueOf((long) config.topK() * tokens))
                .divide(BigDecimal.valueOf(config.experts()), 12, RoundingMode.HALF_EVEN);
        return even.setScale(0, RoundingMode.CEILING)
                .min(BigDecimal.valueOf(tokens))
                .intValueExact();
    }

    private List<List<Integer>> expertsChoose(double[][] scores) {
        List<List<Integer>> chosen = new ArrayList<>();
        for (int t = 0; t < scores.length; t++) {
            int from = t / sequence * sequence;
            int to = Math.min(scores.length, from + sequence);
            List<Integer> own = new ArrayList<>();
            for (int e = 0; e < config.experts(); e++) {
                int before = 0;
                for (int other = from; other < to; other++) {
                    double mine = scores[t][e];
                    before += scores[other][e] > mine || scores[other][e] == mine && other < t ? 1 : 0;
                }
                if (before < capacity(to - from)) {
                    own.add(e);
                }
            }
            chosen.add(own);
        }
        return chosen;
    }

    /** An assignment is dropped if as many as the capacity go before it. */
    private boolean[][] dropped(double[][] scores, List<List<Integer>> experts) {
        boolean[][] dropped = new boolean[scores.length][];
        boolean limited = config.gate().capacityFactor() > 0 && config.gate().select() == GateConfig.Select.TOP_K;
        for (int t = 0; t < scores.length; t++) {
            dropped[t] = new boolean[experts.get(t).size()];
            int from = t / sequence * sequence;
            int to = Math.min(scores.length, from + sequence);
            for (int k = 0; k < dropped[t].length && limited; k++) {
                int before = 0;
                for (int other = from; other < to; other++) {
                    for (int j = 0; j < experts.get(other).size(); j++) {
                        boolean same =
                                experts.get(other).get(j).equals(experts.get(t).get(k));
                        boolean earlier = j < k || j == k && goesFirst(scores, experts, other, t);
                        before += same && earlier ? 1 : 0;
                    }
                }
                dropped[t][k] = before >= capacity(to - from);
            }
        }
        return dropped;
    }

    private boolean goesFirst(double[][] scores, List<List<Integer>> experts, int a, int b) {
        if (config.gate().priority() == GateConfig.Priority.SCORE) {
            double first = scores[a][experts.get(a).getFirst()];
            double second = scores[b][experts.get(b).getFirst()];
            return first > second || first == second && a < b;
        }
        return a < b;
    }

    private static double[] times(double[] matrix, double[] x) {
        double[] y = new double[matrix.length / x.length];
        Arrays.setAll(y, i -> dot(Arrays.copyOfRange(matrix, i * x.length, (i + 1) * x.length), x));
        return y;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
