package io.witan.launcher.tensorboard;

import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MemoryMetrics;
import io.witan.runtime.metrics.MetricsLine;
import io.witan.runtime.metrics.PhaseMetrics;
import io.witan.runtime.metrics.PlacementMetrics;
import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.TaskMetrics;
import io.witan.runtime.metrics.TaskValidationMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.util.ArrayList;
import java.util.List;

/** Which charts the lines of a metrics file make. */
final class Scalars {
    private Scalars() {}

    static List<Scalar> of(MetricsLine line) {
        List<Scalar> scalars = new ArrayList<>();
        switch (line) {
            case StepMetrics step -> of(step, scalars);
            case ValidationMetrics validation -> {
                add(scalars, "loss/validation", validation.valLoss());
                if (!Double.isNaN(validation.valNatsPerByte())) {
                    add(scalars, "loss/validation_nats_per_byte", validation.valNatsPerByte());
                }
            }
            case TaskMetrics task -> add(scalars, "task/" + task.task() + "/train", task.loss());
            case TaskValidationMetrics task -> add(scalars, "task/" + task.task() + "/validation", task.valLoss());
            case PhaseMetrics phase -> add(scalars, "train/phase", phase.number());
            case MemoryMetrics memory ->
                add(
                        scalars,
                        "rank/" + memory.report().rank() + "/resident_bytes",
                        memory.report().resident().bytes());
            case RankMetrics ranks -> of(ranks, scalars);
            case LoadMetrics _, PlacementMetrics _ -> {}
        }
        return scalars;
    }

    private static void of(StepMetrics step, List<Scalar> scalars) {
        add(scalars, "loss/train", step.loss());
        add(scalars, "train/gradient_norm", step.gradNorm());
        add(scalars, "train/learning_rate", step.lr());
        add(scalars, "speed/tokens_per_s", step.tokensPerS());
        add(scalars, "speed/step_ms", step.stepMs());
        add(scalars, "balance/rank_imbalance", step.imbalance());
        add(scalars, "bytes/sparse_all_gather", step.bytes().sparseAllGather());
        add(scalars, "bytes/sparse_reduce_scatter", step.bytes().sparseReduceScatter());
        add(scalars, "bytes/all_to_all", step.bytes().allToAll());
        step.extra().forEach((key, value) -> add(scalars, group(key) + "/" + key, value));
    }

    private static String group(String key) {
        if (key.startsWith("bytes_")) {
            return "bytes";
        }
        return key.endsWith("_loss") ? "loss" : key.endsWith("_imbalance") ? "balance" : "train";
    }

    private static void of(RankMetrics ranks, List<Scalar> scalars) {
        for (int rank = 0; rank < ranks.ranks().size(); rank++) {
            RankMetrics.OfRank of = ranks.ranks().get(rank);
            add(scalars, "rank/" + rank + "/own_ms", of.ownMs());
            add(scalars, "rank/" + rank + "/wait_ms", of.waitMs());
            add(scalars, "rank/" + rank + "/load", of.load());
        }
    }

    private static void add(List<Scalar> scalars, String tag, double value) {
        scalars.add(new Scalar(tag, (float) value));
    }
}
