package io.witan.launcher.cli;

import io.witan.launcher.RankContext;
import io.witan.models.Recipe;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.MemoryTable;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MemoryMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What rank 0 tells of a run: the metrics file, the progress line and the closing summary. */
final class RunJournal implements TrainingObserver, AutoCloseable {
    private static final double SMOOTHING = 0.9;

    private final RankContext context;
    private final Recipe recipe;
    private final MetricsLog metrics;
    private final double tokensPerByte;
    private final long begunNs = System.nanoTime();
    private long stepsDone;
    private double tokensPerSecond;
    private String validation = "";

    private RunJournal(RankContext context, Recipe recipe, MetricsLog metrics, double tokensPerByte) {
        this.context = context;
        this.recipe = recipe;
        this.metrics = metrics;
        this.tokensPerByte = tokensPerByte;
    }

    /** @param completed steps before this start; later lines of the metrics file are dropped */
    static RunJournal open(RankContext context, Recipe recipe, TrainingData data, long completed) {
        MetricsLog metrics = completed == 0
                ? MetricsLog.create(context.metricsFile())
                : MetricsLog.resume(context.metricsFile(), completed);
        return new RunJournal(context, recipe, metrics, tokensPerByte(data));
    }

    /** Predicted tokens for each byte of the validation text. */
    private static double tokensPerByte(TrainingData data) {
        long targets = 0;
        for (int i = 0; i < data.validationBatches(); i++) {
            targets += data.validation(i).targetCount();
        }
        return (double) targets / data.validationBytes();
    }

    @Override
    public void stepCompleted(StepResult result) {
        metrics.append(line(result));
        metrics.append(new LoadMetrics(result.step(), result.expertLoad()));
        if (result.skipped()) {
            context.console()
                    .line("step " + result.step()
                            + ": loss or gradient norm is not finite; the step is skipped, no parameter changed");
        }
        stepsDone++;
        tokensPerSecond = stepsDone == 1
                ? result.tokensPerSecond()
                : SMOOTHING * tokensPerSecond + (1 - SMOOTHING) * result.tokensPerSecond();
        context.console().progress(result.step(), recipe.train().steps(), progress(result));
    }

    private static StepMetrics line(StepResult result) {
        StepMetrics.Bytes bytes = new StepMetrics.Bytes(
                result.traffic().sparseAllGatherBytes(),
                result.traffic().sparseReduceScatterBytes(),
                result.traffic().allToAllBytes());
        return new StepMetrics(
                        result.step(),
                        result.loss(),
                        result.gradNorm(),
                        result.learningRate(),
                        result.tokensPerSecond(),
                        result.seconds() * 1e3,
                        result.rankImbalance(),
                        bytes,
                        result.skipped(),
                        StepMetrics.noExtra())
                .with("expert_imbalance", result.expertImbalance())
                .with("balance_loss", result.balanceLoss())
                .with("z_loss", result.zLoss())
                .with("copies_bytes_max", result.largestCopyBytes());
    }

    private String progress(StepResult result) {
        return String.format(
                Locale.ROOT,
                "step %d/%d  loss %.4f%s  grad %.2f  lr %.2e  %s tok/s  imbalance %.2f  %s left",
                result.step(),
                recipe.train().steps(),
                result.loss(),
                validation,
                result.gradNorm(),
                result.learningRate(),
                thousands(tokensPerSecond),
                result.rankImbalance(),
                left(result.step()));
    }

    @Override
    public void validated(long step, Evaluator.Result result) {
        double perByte = result.perToken() * tokensPerByte;
        metrics.append(new ValidationMetrics(step, result.perToken(), perByte));
        validation = String.format(Locale.ROOT, "  val %.4f", result.perToken());
        if (step == recipe.train().steps()) {
            context.console()
                    .summary(String.format(
                            Locale.ROOT,
                            "step %d: validation loss %.4f nats per token, %.4f nats per byte",
                            step,
                            result.perToken(),
                            perByte));
        }
    }

    @Override
    public void memoryMeasured(long step, List<MemoryReport> ranks) {
        append(step, ranks);
        MemoryTable.lines(ranks).forEach(context.console()::line);
    }

    private void append(long step, List<MemoryReport> ranks) {
        ranks.forEach(rank -> metrics.append(new MemoryMetrics(step, rank)));
    }

    /** The run has ended. */
    void ended(TrainingLoop.Summary summary) {
        if (!summary.memory().isEmpty()) {
            append(summary.step(), summary.memory());
            MemoryTable.lines(summary.memory()).forEach(context.console()::summary);
        }
    }

    @Override
    public void checkpointed(long step, Path folder) {
        context.console().summary("checkpoint: " + folder);
    }

    private static String thousands(double value) {
        return value >= 10_000
                ? String.format(Locale.ROOT, "%.1fk", value / 1000)
                : String.format(Locale.ROOT, "%.0f", value);
    }

    private String left(long step) {
        double perStep = (System.nanoTime() - begunNs) * 1e-9 / stepsDone;
        long seconds = Math.round(perStep * (recipe.train().steps() - step));
        return seconds >= 60 ? seconds / 60 + "m%02ds".formatted(seconds % 60) : seconds + "s";
    }

    @Override
    public void close() {
        metrics.close();
    }
}
