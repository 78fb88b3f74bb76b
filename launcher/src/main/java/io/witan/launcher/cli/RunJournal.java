package io.witan.launcher.cli;

import io.witan.launcher.RankContext;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.tensorboard.EventFile;
import io.witan.launcher.watch.BalanceTable;
import io.witan.launcher.watch.DecisionFile;
import io.witan.launcher.watch.MetricsEndpoint;
import io.witan.launcher.watch.PlacementChanges;
import io.witan.launcher.watch.RankWatch;
import io.witan.models.Recipe;
import io.witan.models.TrainingRun;
import io.witan.models.family.MoeShape;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.MemoryTable;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MemoryMetrics;
import io.witan.runtime.metrics.MetricsLine;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.PhaseMetrics;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.TaskMetrics;
import io.witan.runtime.metrics.TaskValidationMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import io.witan.runtime.trace.RunTrace;
import io.witan.runtime.trace.TraceFile;
import io.witan.runtime.trace.overlap.OverlapReport;
import io.witan.runtime.trace.overlap.OverlapTable;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.PhasePlace;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TaskResult;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhases;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.step.PredictedStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What rank 0 tells of a run: the metrics file, the progress line and the closing summary. */
final class RunJournal implements TrainingObserver, AutoCloseable {
    private static final double SMOOTHING = 0.9;
    /** Tasks whose losses stand in the progress line. */
    private static final int SHOWN_TASKS = 3;

    private static final long BALANCE_INTERVAL_NS = 250_000_000;

    private final RankContext context;
    private final Recipe recipe;
    private final MetricsLog metrics;
    private final Optional<EventFile> events;
    private final TrainingPhases<?> phases;
    private final MoeShape moe;
    private final DecisionFile decisions;
    private final Optional<MetricsEndpoint> endpoint;
    private final PlacementChanges placements = new PlacementChanges();
    private final BalanceTable balance;
    private final RankWatch ranks;
    private Optional<PredictedStep> predicted = Optional.empty();
    private long balanceShownNs;
    private final long begunNs = System.nanoTime();
    private long stepsDone;
    private double tokensPerSecond;
    private String validation = "";
    private PhasePlace phase;
    private double tokensPerByte;

    private RunJournal(
            RankContext context, Recipe recipe, Outputs outputs, TrainingRun run, Optional<MetricsEndpoint> endpoint) {
        this.context = context;
        this.recipe = recipe;
        this.balance = new BalanceTable(recipe.parallel().sharding());
        this.ranks = new RankWatch(
                context.topology().rankCount(), recipe.train().steps(), context::nodeOf, context.isRestart());
        this.metrics = outputs.metrics;
        this.decisions = outputs.decisions;
        this.events = outputs.events;
        this.phases = run.phases();
        this.moe = run.moe();
        this.endpoint = endpoint;
    }

    private record Outputs(MetricsLog metrics, DecisionFile decisions, Optional<EventFile> events) {}

    /**
     * @param run whose completed steps keep their lines of the metrics file; later ones are dropped
     * @param endpoint stays the caller's
     */
    static RunJournal open(RankContext context, Recipe recipe, TrainingRun run, Optional<MetricsEndpoint> endpoint) {
        long completed = run.completedSteps();
        MetricsLog metrics = completed == 0 && !context.isRestart()
                ? MetricsLog.create(context.metricsFile())
                : MetricsLog.resume(context.metricsFile(), completed, run.isOwed());
        DecisionFile decisions = null;
        try {
            decisions = DecisionFile.open(
                    context.outputFolder().resolve(OutputFolder.DECISIONS),
                    completed,
                    recipe.parallel().sharding());
            Optional<EventFile> events = context.tensorboard().map(folder -> EventFile.create(folder, completed));
            return new RunJournal(context, recipe, new Outputs(metrics, decisions, events), run, endpoint);
        } catch (RuntimeException | Error e) {
            metrics.close();
            if (decisions != null) {
                decisions.close();
            }
            throw e;
        }
    }

    /** Predicted tokens for each byte of the validation text; NaN if that is no text. */
    private static double tokensPerByte(TrainingData<?> data) {
        long targets = 0;
        for (int i = 0; i < data.validationBatches(); i++) {
            targets += data.validation(i).targetCount();
        }
        return data.validationBytes() == 0 ? Double.NaN : (double) targets / data.validationBytes();
    }

    /** From now on decisions say what a copy saves and costs. */
    void costKnown(LayerTimeModel times) {
        decisions.costKnown(times);
    }

    /** The timeline is shown beside this. */
    void stepPredicted(PredictedStep step) {
        predicted = Optional.of(step);
    }

    @Override
    public void phaseBegan(long step, PhasePlace place) {
        phase = place;
        validation = "";
        tokensPerByte = tokensPerByte(phases.data(place));
        if (place.count() == 1) {
            return;
        }
        if (step == place.firstStep()) {
            append(new PhaseMetrics(
                    step,
                    place.phase().name(),
                    place.number() + 1,
                    place.phase().steps()));
        }
        context.console()
                .line(String.format(
                        Locale.ROOT,
                        "phase %s (%d of %d): steps %d to %d",
                        place.phase().name(),
                        place.number() + 1,
                        place.count(),
                        place.firstStep(),
                        place.lastStep()));
    }

    @Override
    public void stepCompleted(StepResult result) {
        StepMetrics line = line(result);
        append(phase.count() == 1 ? line : line.with("phase_number", phase.number() + 1));
        append(new LoadMetrics(result.step(), moe.rowsPerToken(), moe.expertSharding(), result.expertLoad()));
        for (TaskResult task : result.tasks()) {
            if (task.targets() > 0) {
                append(new TaskMetrics(result.step(), task.task(), task.perToken(), task.targets(), task.expertLoad()));
            }
        }
        placements.next(result.step(), result.placements()).ifPresent(this::append);
        ranks.line(result).ifPresent(this::append);
        ranks.stragglers(result).forEach(context.console()::line);
        decisions.append(result).forEach(context.console()::log);
        endpoint.ifPresent(open -> open.stepCompleted(result));
        balance.observe(result);
        if (result.skipped()) {
            context.console()
                    .line("step " + result.step()
                            + ": loss or gradient norm is not finite; the step is skipped, no parameter changed");
        }
        stepsDone++;
        tokensPerSecond = stepsDone == 1
                ? result.tokensPerSecond()
                : SMOOTHING * tokensPerSecond + (1 - SMOOTHING) * result.tokensPerSecond();
        context.console().progress(result.step(), recipe.train().steps(), progress(result), balance(result));
    }

    /** Not after each of many short steps: a terminal need not be written faster than one can read. */
    private List<String> balance(StepResult result) {
        long now = System.nanoTime();
        boolean due = stepsDone == 1
                || result.step() == recipe.train().steps()
                || now - balanceShownNs >= BALANCE_INTERVAL_NS;
        if (!due || result.expertLoad().length == 0) {
            return List.of();
        }
        balanceShownNs = now;
        List<String> lines = new ArrayList<>();
        lines.add(balance.summary(result));
        lines.addAll(balance.rows(result));
        return lines;
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
                .with("bytes_all_to_all_between_nodes", result.traffic().betweenNodesBytes())
                .with("bytes_reshard", result.traffic().reshardBytes())
                .with("expert_imbalance", result.expertImbalance())
                .with("balance_loss", result.balanceLoss())
                .with("z_loss", result.zLoss())
                .with("copies_bytes_max", result.largestCopyBytes());
    }

    private String progress(StepResult result) {
        return String.format(
                Locale.ROOT,
                "step %d/%d%s  loss %.4f%s%s  grad %.2f  lr %.2e  %s tok/s  imbalance %.2f  %s left",
                result.step(),
                recipe.train().steps(),
                phase.count() == 1 ? "" : "  " + phase.phase().name(),
                result.loss(),
                tasks(result),
                validation,
                result.gradNorm(),
                result.learningRate(),
                thousands(tokensPerSecond),
                result.rankImbalance(),
                left(result.step()));
    }

    /** Losses by task, if these fit in a line; of one that had no row in this step nothing. */
    private static String tasks(StepResult result) {
        List<String> losses = result.tasks().stream()
                .filter(task -> task.targets() > 0)
                .map(task -> String.format(Locale.ROOT, "%s %.4f", task.task(), task.perToken()))
                .toList();
        return losses.isEmpty() || result.tasks().size() > SHOWN_TASKS ? "" : " (" + String.join(", ", losses) + ")";
    }

    @Override
    public void validated(long step, Evaluator.Result result) {
        double perByte = result.perToken() * tokensPerByte;
        append(new ValidationMetrics(step, result.perToken(), perByte));
        for (TaskResult task : result.tasks()) {
            if (task.targets() > 0) {
                append(new TaskValidationMetrics(step, task.task(), task.perToken()));
            }
        }
        validation = String.format(Locale.ROOT, "  val %.4f", result.perToken());
        if (step == phase.lastStep()) {
            context.console()
                    .summary(String.format(
                            Locale.ROOT,
                            "step %d%s: validation loss %.4f nats per %s",
                            step,
                            phase.count() == 1 ? "" : ", phase " + phase.phase().name(),
                            result.perToken(),
                            Double.isNaN(perByte)
                                    ? "target"
                                    : String.format(Locale.ROOT, "token, %.4f nats per byte", perByte)));
        }
    }

    @Override
    public void memoryMeasured(long step, List<MemoryReport> ranks) {
        endpoint.ifPresent(open -> open.memoryMeasured(ranks));
        append(step, ranks);
        MemoryTable.lines(ranks).forEach(context.console()::line);
    }

    private void append(MetricsLine line) {
        metrics.append(line);
        events.ifPresent(open -> open.append(line));
    }

    private void append(long step, List<MemoryReport> ranks) {
        ranks.forEach(rank -> append(new MemoryMetrics(step, rank)));
    }

    /** The run has ended. */
    void ended(TrainingLoop.Summary summary) {
        if (!summary.memory().isEmpty()) {
            append(summary.step(), summary.memory());
            MemoryTable.lines(summary.memory()).forEach(context.console()::summary);
        }
        context.traceFile().ifPresent(file -> trace(summary.trace(), file));
    }

    private void trace(Optional<RunTrace> trace, Path file) {
        if (trace.isEmpty()) {
            String why = context.isRestart() ? " after the last restart" : "";
            context.console()
                    .summary(
                            "trace: none of the steps that --trace-steps names was run" + why + "; nothing is written");
            return;
        }
        TraceFile.write(trace.get(), predicted, file);
        OverlapReport report = OverlapReport.of(trace.get(), predicted);
        report.write(context.outputFolder().resolve(OutputFolder.OVERLAP));
        OverlapTable.lines(report).forEach(context.console()::summary);
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
        try (metrics;
                decisions) {
            events.ifPresent(EventFile::close);
        }
    }
}
