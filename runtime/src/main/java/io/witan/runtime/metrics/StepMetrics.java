package io.witan.runtime.metrics;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One training step over all ranks.
 *
 * @param step as the engine counts
 * @param loss mean cross-entropy of the step's targets, nats a token
 * @param gradNorm global L2 norm before clipping, every expert counted once
 * @param lr learning rate of the step
 * @param tokensPerS input tokens of all ranks a second
 * @param stepMs wall-clock milliseconds
 * @param imbalance greatest load of a rank over the mean load, the mean over layers; 1 is even
 * @param bytes what the collectives moved, all ranks together
 * @param skipped whether the optimizer left the step out because a gradient was not finite
 * @param extra further numbers by snake-case key, written after these
 */
public record StepMetrics(
        long step,
        double loss,
        double gradNorm,
        double lr,
        double tokensPerS,
        double stepMs,
        double imbalance,
        Bytes bytes,
        boolean skipped,
        SortedMap<String, Double> extra)
        implements MetricsLine {
    /** The keys of every step line. */
    static final Set<String> KEYS = Set.of(
            "step",
            "loss",
            "grad_norm",
            "lr",
            "tokens_per_s",
            "step_ms",
            "imbalance",
            "bytes_sparse_all_gather",
            "bytes_sparse_reduce_scatter",
            "bytes_all_to_all",
            "skipped");

    /** Bytes of a step by collective. */
    public record Bytes(long sparseAllGather, long sparseReduceScatter, long allToAll) {
        public static final Bytes NONE = new Bytes(0, 0, 0);
    }

    /** @throws IllegalArgumentException if a key of {@code extra} is not snake case or has another meaning */
    public StepMetrics {
        for (String key : extra.keySet()) {
            if (!key.matches("[a-z][a-z0-9_]*") || KEYS.contains(key) || MetricsJson.KIND_KEYS.contains(key)) {
                throw new IllegalArgumentException("\"" + key + "\" cannot be an extra key of step metrics");
            }
        }
        extra = Collections.unmodifiableSortedMap(new TreeMap<>(extra));
    }

    /** These metrics with one more number. */
    public StepMetrics with(String key, double value) {
        SortedMap<String, Double> more = new TreeMap<>(extra);
        more.put(key, value);
        return new StepMetrics(step, loss, gradNorm, lr, tokensPerS, stepMs, imbalance, bytes, skipped, more);
    }

    /** The empty {@code extra}. */
    public static SortedMap<String, Double> noExtra() {
        return new TreeMap<>(Map.of());
    }
}
