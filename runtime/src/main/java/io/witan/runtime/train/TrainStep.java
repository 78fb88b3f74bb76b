package io.witan.runtime.train;

import io.witan.runtime.data.Batch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.fssdp.LayerPlan;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.dense.DenseReduction;
import io.witan.runtime.train.dense.GradientProgress;
import io.witan.scheduler.plan.Placement;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One optimizer step on all ranks: plan, materialise, forward and backward of each micro-batch, reduce, clip, update, and move
 * experts whose owners change.
 *
 * @param <B> form of the batches
 */
final class TrainStep<B extends Batch<B>> {
    private static final int LOSS = 0;
    private static final int BALANCE = 1;
    private static final int Z = 2;
    private static final int STOP = 3;
    private static final int GATHER_BYTES = 4;
    private static final int REDUCE_BYTES = 5;
    private static final int EXCHANGE_BYTES = 6;
    private static final int BETWEEN_NODES_BYTES = 7;
    private static final int COPY_BYTES = 8;
    private static final int COPY_GRADIENT_BYTES = 9;
    private static final int BOTH_BYTES = 10;
    private static final int OWN_SECONDS = 11;
    private static final int WAIT_SECONDS = 12;
    private static final int SENT_BYTES = 13;
    private static final int RESIDENT_BYTES = 14;
    private static final int SUMS = 15;

    private final RankRuntime runtime;
    private final Timeline timeline;
    private final TrainableModel<B> model;
    private final TrainConfig config;
    private final StepPlanner planner;
    private final Resharding resharding;
    private final OwnerOptimizer optimizer;
    private final MemoryMeter memory;
    private final DenseReduction denseReduction;
    private final RankMeter meter;
    private PhasePlace phase;
    private TrainingData<B> data;
    private boolean stopAgreed;

    TrainStep(TrainingLoop.Parts<B> parts, StepPlanner planner, Resharding resharding) {
        this.runtime = parts.runtime();
        this.timeline = runtime.timeline();
        this.model = parts.model();
        this.config = parts.config();
        this.memory = parts.memory();
        this.planner = planner;
        this.resharding = resharding;
        this.optimizer = new OwnerOptimizer(runtime.hostKernels(), model, config);
        this.meter = new RankMeter(runtime.group());
        this.denseReduction = DenseReduction.of(runtime, model.state(), parts.gradients());
    }

    /** Between steps: what follows is of this phase, which begins or goes on. */
    void beginPhase(TrainingPhases<B> phases, PhasePlace place) {
        int number = place.number();
        TrainingState state = model.state();
        state.train(place.phase().trained());
        resharding.updates().beginPhase(phases, number);
        optimizer.denseRuns(DenseRun.of(state.dense().tensors(), place.phase().trained(), spec -> resharding
                .updates()
                .beforePhase(phases.trainedSince(number, spec))));
        model.beginPhase(place.phase());
        phase = place;
        data = phases.data(place);
    }

    /** True once a rank asked to stop and all ranks know it. */
    boolean stopAgreed() {
        return stopAgreed;
    }

    /**
     * @param step from 1
     * @param stopWanted this rank wants the run to end after this step
     */
    StepResult run(long step, boolean stopWanted) {
        timeline.beginStep(step);
        meter.begin();
        StepResult result = traced(step, stopWanted);
        meter.end();
        timeline.endStep();
        return result;
    }

    /** Does what belongs to a step, after it. */
    void conclude(Runnable work) {
        meter.begin();
        work.run();
        meter.end();
    }

    private StepResult traced(long step, boolean stopWanted) {
        long begin = System.nanoTime();
        StepArena.Mark mark = runtime.arena().mark();
        long[] before = movedBytes();
        beginStep(step);
        List<B> batches = batches(step);
        TaskTotals tasks = new TaskTotals(data.tasks());
        batches.forEach(tasks::count);
        double lossSum = forwardBackward(step, batches, tasks);
        timeline.phase(Phase.UPDATE);
        reduceGradients();

        double[] squares = expertSquares();
        double[][] ofRanks = gather(local(lossSum, squares, before, stopWanted));
        List<TaskResult> ofTasks = tasks.sum(runtime, model.moeLayers());
        double[] sums = RankSums.sum(ofRanks);
        long targets = targets(batches);
        double loss = sums[LOSS] / Math.max(1, targets);
        double norm = Math.sqrt(denseSquares() + sum(sums, SUMS));
        long[][] loads = loads();
        double rate = phase.phase().rate().at(phase.stepOf(step));
        boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
        if (finite) {
            // Owners may write now what peers of their node have read in place. Each holder of an expert starts
            // its layer's reduction after its last pass through the layer, and reduceGradients has waited for the
            // gradients of all holders. With two slots this writes the other one, whose readers were done in the
            // same way a step ago; with one it writes what was read in this step. The commit that follows only reads.
            long updateBegin = timeline.begin();
            optimizer.update(rate, norm, loads);
            end(Span.OPTIMIZER, updateBegin);
        }
        stopAgreed = sums[STOP] > 0;
        List<Placement> placements = planner.placements();
        long[][] rankLoads = endStep(loads);
        if (finite) {
            learnGates(loads);
        }
        Resharding.Outcome change = finite ? reshard(step, loads) : Resharding.NONE;
        runtime.arena().release(mark);
        int layers = Math.max(1, model.moeLayers().size());
        return new StepResult(
                step,
                loss,
                sums[BALANCE] / layers,
                sums[Z] / layers,
                norm,
                rate,
                !finite,
                tokens(batches),
                (System.nanoTime() - begin) * 1e-9,
                new StepResult.StepTraffic(
                        (long) sums[GATHER_BYTES],
                        (long) sums[REDUCE_BYTES],
                        (long) sums[EXCHANGE_BYTES],
                        (long) sums[BETWEEN_NODES_BYTES],
                        change.bytes()),
                loads,
                rankLoads,
                placements,
                change.moves(),
                copies(ofRanks),
                ofTasks,
                figures(ofRanks));
    }

    private void beginStep(long step) {
        long begin = timeline.begin();
        TrainingState state = model.state();
        state.activeStep(step);
        runtime.tokens().mark(step, -1);
        memory.beginStep();
        List<LayerPlan> plans = planner.plan(step);
        for (int l = 0; l < plans.size(); l++) {
            model.moeLayers().get(l).experts().begin(plans.get(l));
            model.moeLayers().get(l).statistics().reset();
        }
        runtime.kernels().vector().zero(state.kernelGradient(), state.dense().count());
        end(Span.PLAN, begin);
    }

    /** Of the whole step. */
    private void end(Span span, long beginNs) {
        timeline.end(span, Timeline.NONE, Timeline.NONE, beginNs);
    }

    private List<B> batches(long step) {
        long begin = timeline.begin();
        List<B> batches = IntStream.range(0, config.accumulation())
                .mapToObj(micro -> data.train(phase.stepOf(step) - 1, micro))
                .toList();
        end(Span.DATA, begin);
        return batches;
    }

    private double forwardBackward(long step, List<B> batches, TaskTotals tasks) {
        long targets = targets(batches);
        long tokens = tokens(batches);
        double lossSum = 0;
        long before = 0;
        for (int micro = 0; micro < batches.size(); micro++) {
            StepArena.Mark mark = runtime.arena().mark();
            B all = batches.get(micro);
            B own = all.ofRank(runtime.rank(), runtime.size());
            long first = before + all.tokenCount(0, all.firstRowOf(runtime.rank(), runtime.size()));
            StepContext context = new StepContext(step, first, targets, tokens, micro, batches.size())
                    .withTaskTargets(tasks.targets());
            BatchLoss loss = model.forwardBackward(
                    own, context, context.isLastMicroBatch() ? denseReduction : GradientProgress.NONE);
            lossSum += loss.sum();
            tasks.add(own, loss);
            before += all.tokenCount();
            runtime.arena().release(mark);
        }
        return lossSum;
    }

    private void reduceGradients() {
        runtime.tokens().mark(model.state().activeStep(), -1);
        long begin = timeline.begin();
        denseReduction.finish();
        end(Span.WAIT_GRADIENTS, begin);
        for (MoeLayer layer : model.moeLayers()) {
            layer.experts().awaitReduced();
        }
    }

    private double[] expertSquares() {
        long begin = timeline.begin();
        double[] squares = optimizer.expertSquares();
        end(Span.OPTIMIZER, begin);
        return squares;
    }

    private double denseSquares() {
        long begin = timeline.begin();
        double squares = optimizer.denseSquares();
        end(Span.OPTIMIZER, begin);
        return squares;
    }

    private double[][] gather(double[] local) {
        long begin = timeline.begin();
        double[][] ofRanks = RankSums.gather(runtime, local);
        end(Span.WAIT_FIGURES, begin);
        return ofRanks;
    }

    private double[] local(double lossSum, double[] squares, long[] before, boolean stopWanted) {
        double[] values = Arrays.copyOf(new double[SUMS], SUMS + squares.length);
        System.arraycopy(squares, 0, values, SUMS, squares.length);
        long[] now = movedBytes();
        values[LOSS] = lossSum;
        values[STOP] = stopWanted ? 1 : 0;
        CopyMemory copies = memory.copies();
        values[COPY_BYTES] = copies.parameterBytes();
        values[COPY_GRADIENT_BYTES] = copies.gradientBytes();
        values[BOTH_BYTES] = copies.bytes();
        RankFigures figures = meter.take();
        values[OWN_SECONDS] = figures.ownSeconds();
        values[WAIT_SECONDS] = figures.waitSeconds();
        values[SENT_BYTES] = figures.sentBytes();
        values[RESIDENT_BYTES] = figures.residentBytes();
        for (int i = 0; i < now.length; i++) {
            values[GATHER_BYTES + i] = now[i] - before[i];
        }
        for (MoeLayer layer : model.moeLayers()) {
            values[BALANCE] += layer.statistics().balanceLoss();
            values[Z] += layer.statistics().squaredLogSumExp();
        }
        return values;
    }

    private static List<CopyMemory> copies(double[][] ofRanks) {
        return Arrays.stream(ofRanks)
                .map(of -> new CopyMemory((long) of[COPY_BYTES], (long) of[COPY_GRADIENT_BYTES], (long) of[BOTH_BYTES]))
                .toList();
    }

    private static List<RankFigures> figures(double[][] ofRanks) {
        return Arrays.stream(ofRanks)
                .map(of -> new RankFigures(
                        of[OWN_SECONDS], of[WAIT_SECONDS], (long) of[SENT_BYTES], (long) of[RESIDENT_BYTES]))
                .toList();
    }

    /** What this rank has sent so far, in the order of the sums. */
    private long[] movedBytes() {
        return new long[] {
            runtime.parameters().traffic().sparseAllGatherBytes(),
            runtime.parameters().traffic().sparseReduceScatterBytes(),
            runtime.tokens().traffic().allToAllBytes()
                    + runtime.inNode().traffic().allToAllBytes(),
            runtime.tokens().traffic().betweenNodesBytes()
        };
    }

    private long[][] loads() {
        return model.moeLayers().stream()
                .map(layer -> layer.statistics().expertLoad())
                .toArray(long[][]::new);
    }

    /** Assignments computed by each rank, layers x ranks. */
    private long[][] endStep(long[][] loads) {
        long begin = timeline.begin();
        long[][] rankLoads = new long[loads.length][];
        for (int l = 0; l < loads.length; l++) {
            MoeLayer layer = model.moeLayers().get(l);
            rankLoads[l] = layer.statistics().rankLoad();
            layer.experts().release();
        }
        planner.observe(loads);
        resharding.observe(loads);
        end(Span.PLAN, begin);
        return rankLoads;
    }

    private void learnGates(long[][] loads) {
        for (int l = 0; l < loads.length; l++) {
            model.moeLayers().get(l).endStep(loads[l]);
        }
    }

    /** Between the update and its commit, so that what is committed has the new owners. */
    private Resharding.Outcome reshard(long step, long[][] loads) {
        Resharding.Outcome change = resharding.afterUpdate(step, loads);
        if (!change.moves().isEmpty()) {
            planner.ownersChanged();
        }
        return change;
    }

    private static long targets(List<? extends Batch<?>> batches) {
        return batches.stream().mapToLong(Batch::targetCount).sum();
    }

    private static long tokens(List<? extends Batch<?>> batches) {
        return batches.stream().mapToLong(Batch::tokenCount).sum();
    }

    private static double sum(double[] values, int from) {
        double sum = 0;
        for (int i = from; i < values.length; i++) {
            sum += values[i];
        }
        return sum;
    }
}
