package io.witan.runtime.train;

import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.data.Batch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.trace.RunTrace;
import io.witan.runtime.trace.TraceCollector;
import io.witan.scheduler.gradient.GradientWindows;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.predict.LoadPredictor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A training run of one rank, from its first or a saved step to its last, with evaluations and checkpoints between. All
 * ranks run it together.
 *
 * @param <B> form of the batches
 */
public final class TrainingLoop<B extends Batch<B>> {
    /** Steps after which memory is first measured: both slots of a vault, and all buffers that a step needs, are there. */
    private static final int FIRST_STEPS = 5;

    private final RankRuntime runtime;
    private final TrainableModel<B> model;
    private final TrainConfig config;
    private final TrainStep<B> trainStep;
    private final StepPlanner planner;
    private final TrainingPhases<B> phases;
    private final MemoryMeter memory;
    private final Saving saving;
    private final TrainingObserver observer;
    private final Resharding resharding;
    private int skippedInRow;
    private Evaluator.Result validation;

    /**
     * How a run saves.
     *
     * @param store null: never
     * @param interval steps between checkpoints besides the last, 0 for none
     */
    public record Saving(TrainingCheckpoint checkpoint, CheckpointStore store, int interval) {}

    /**
     * How a run ended.
     *
     * @param step last completed step
     * @param stopped true if it was asked to stop before the last step
     * @param validation result of the last evaluation, null if none ran
     * @param memory what each rank holds at the end, in rank order; empty if no step ran
     * @param trace of the steps that timelines recorded, on rank 0
     */
    public record Summary(
            long step,
            boolean stopped,
            Evaluator.Result validation,
            List<MemoryReport> memory,
            Optional<RunTrace> trace) {}

    /**
     * Parts of a run.
     *
     * @param phases whose steps are those of the configuration
     * @param gradients windows of backward in which sums of dense gradients begin; empty: as soon as these are complete
     */
    public record Parts<B extends Batch<B>>(
            RankRuntime runtime,
            TrainableModel<B> model,
            TrainingPhases<B> phases,
            TrainConfig config,
            PlacementPolicy policy,
            int predictionWindow,
            MemoryMeter memory,
            Optional<GradientWindows> gradients) {
        /** @throws IllegalArgumentException if the phases have more or fewer steps than the configuration */
        public Parts {
            if (phases.steps() != config.steps()) {
                throw new IllegalArgumentException(
                        "the phases have " + phases.steps() + " steps in all, train.steps is " + config.steps());
            }
        }

        /** Without phases and windows. */
        public Parts(
                RankRuntime runtime,
                TrainableModel<B> model,
                TrainingData<B> data,
                TrainConfig config,
                PlacementPolicy policy,
                int predictionWindow,
                MemoryMeter memory) {
            this(
                    runtime,
                    model,
                    TrainingPhases.single(config, data),
                    config,
                    policy,
                    predictionWindow,
                    memory,
                    Optional.empty());
        }
    }

    /**
     * @param resumed state to go on from, null at the start of a run
     */
    public TrainingLoop(Parts<B> parts, EngineState resumed, Saving saving, TrainingObserver observer) {
        this.runtime = parts.runtime();
        this.model = parts.model();
        this.config = parts.config();
        this.saving = saving;
        this.observer = observer;
        int[][] owners = model.state().owners();
        int layers = owners.length;
        int experts = layers == 0 ? 0 : owners[0].length;
        LoadPredictor predictor = resumed == null
                ? new LoadPredictor(layers, experts, parts.predictionWindow())
                : LoadPredictor.resume(layers, experts, parts.predictionWindow(), resumed.loadHistory());
        this.planner = new StepPlanner(runtime.topology(), model.moeLayers(), parts.policy(), predictor);
        if (resumed != null && resumed.ranks() == runtime.size() && resumed.copies() != null) {
            planner.resume(resumed.copies());
        }
        if (resumed != null) {
            resumed.restoreGates(model.moeLayers());
        }
        this.resharding = new Resharding(runtime, model, parts.policy(), resumed);
        this.trainStep = new TrainStep<>(parts, planner, resharding);
        this.phases = parts.phases();
        this.memory = parts.memory();
        this.skippedInRow = resumed == null ? 0 : resumed.skippedInRow();
    }

    /** As {@link #run(long, boolean, BooleanSupplier)}, with nothing owed. */
    public Summary run(long completed, BooleanSupplier stopWanted) {
        return run(completed, false, stopWanted);
    }

    /**
     * Runs steps {@code completed + 1 .. config.steps()}.
     *
     * @param owed true if what follows a step, its checkpoint and its evaluation, may be missing after the last completed one: then it
     *     comes first
     * @param stopWanted asked after each step; if it says yes on any rank, all ranks save and end after the next step
     */
    public Summary run(long completed, boolean owed, BooleanSupplier stopWanted) {
        long step = completed;
        boolean stopped = false;
        Optional<RunTrace> trace = Optional.empty();
        PhasePlace phase = null;
        if (owed && completed > 0) {
            phase = beginPhase(completed);
            stopped = conclude(completed, phase);
        }
        while (step < config.steps() && !stopped) {
            if (phase == null || step == phase.lastStep()) {
                phase = beginPhase(step + 1);
            }
            StepResult result = trainStep.run(++step, stopWanted.getAsBoolean());
            observer.stepCompleted(result);
            if (runtime.timeline().steps().endWith(step)) {
                trace = TraceCollector.collect(runtime.tokens(), runtime.timeline());
            }
            countSkips(result);
            if (!result.skipped()) {
                long completedStep = step;
                trainStep.conclude(() -> commit(completedStep));
            }
            stopped = conclude(step, phase);
            if (step == completed + FIRST_STEPS && step < config.steps() && !stopped) {
                observer.memoryMeasured(step, memory.measureAll());
            }
        }
        List<MemoryReport> held = step == completed ? List.of() : memory.measureAll();
        if (step < runtime.timeline().steps().last()) {
            trace = TraceCollector.collect(runtime.tokens(), runtime.timeline());
        }
        return new Summary(step, stopped, validation, held, trace);
    }

    /** What follows a step: checkpoint and evaluation, where they are due. Returns whether the run stops before its last step. */
    private boolean conclude(long step, PhasePlace phase) {
        boolean last = step == config.steps();
        boolean stopped = !last && (trainStep.stopAgreed() || step == config.stopAfter());
        if (last || stopped || isDue(step, saving.interval())) {
            save(step);
        }
        boolean ofPhase = step == phase.lastStep();
        if (phases.data(phase).validationBatches() > 0 && (ofPhase || isDue(step, config.evalInterval()))) {
            validation = new Evaluator<>(runtime, model, phases.data(phase)).run(ofPhase ? 0 : config.evalBatches());
            observer.validated(step, validation);
        }
        return stopped;
    }

    private PhasePlace beginPhase(long next) {
        PhasePlace place = phases.of(next);
        trainStep.beginPhase(phases, place);
        observer.phaseBegan(next, place);
        return place;
    }

    private void countSkips(StepResult result) {
        skippedInRow = result.skipped() ? skippedInRow + 1 : 0;
        if (skippedInRow >= config.nonfiniteLimit()) {
            throw new NonFiniteException(result.step(), skippedInRow);
        }
    }

    private void commit(long step) {
        if (model.state().keepsCommits()) {
            String run = saving.checkpoint() == null
                    ? ""
                    : saving.checkpoint().identity().run();
            model.state()
                    .commit(
                            step,
                            new VaultCommit(
                                            run,
                                            engineState(step),
                                            model.state().expertSlots())
                                    .toBytes());
        }
    }

    private void save(long step) {
        if (saving.store() != null) {
            Path folder = saving.checkpoint().save(saving.store(), model.state(), engineState(step));
            observer.checkpointed(step, folder);
        }
    }

    private EngineState engineState(long step) {
        return new EngineState(
                step,
                runtime.size(),
                resharding.updates().byKey(),
                model.state().owners(),
                planner.history(),
                skippedInRow,
                resharding.loads(),
                resharding.steps(),
                planner.copies(),
                model.moeLayers().stream().map(MoeLayer::gateMemory).toArray(double[][]::new),
                resharding.updates().beforePhases());
    }

    private static boolean isDue(long step, int interval) {
        return interval > 0 && step % interval == 0;
    }
}
