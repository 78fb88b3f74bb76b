package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.RowBatch;
import io.witan.models.jiuzhang.collate.SecondPass;
import io.witan.models.jiuzhang.collate.Task;
import io.witan.models.seq2seq.Generation;
import io.witan.models.seq2seq.RowTokens;
import io.witan.models.seq2seq.SharedEncoder;
import io.witan.models.seq2seq.SideRows;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.BatchLoss;
import io.witan.runtime.train.TaskBalance;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingPhase;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The model. All rows come through the encoder, then each goes to U or G; a rank may have rows of one side only, or none, as
 * only the encoder's MoE layers talk to other ranks. Tasks count alike in a step's loss, each with the mean over its targets.
 *
 * <p>In the phase of solution checking a batch makes two passes with a backward each, as if they were two micro-batches: the second one's inputs
 * hold what the first one told, as numbers, and the experts' gradients are reduced after it.
 */
public final class JiuZhang implements TrainableModel<RowBatch> {
    private static final TaskBalance BALANCE = TaskBalance.even(Task.values().length);

    private final RankRuntime runtime;
    private final TrainingState state;
    private final Parts parts;
    private final SecondPass secondPass;
    private final int width;
    private final TaskLoads loads = new TaskLoads();
    private boolean checking;

    /** The parts in forward order. */
    record Parts(SharedEncoder encoder, Understanding understanding, Generation generation) {}

    /**
     * @param state holds the parts' parameters; stays the caller's
     * @param secondPass makes rows of what the first pass of a row told
     * @param width model width D
     */
    JiuZhang(RankRuntime runtime, TrainingState state, Parts parts, SecondPass secondPass, int width) {
        this.runtime = runtime;
        this.state = state;
        this.parts = parts;
        this.secondPass = secondPass;
        this.width = width;
    }

    @Override
    public TrainingState state() {
        return state;
    }

    @Override
    public void beginPhase(TrainingPhase phase) {
        checking = phase.name().equals(Phases.CHECKING);
    }

    @Override
    public List<MoeLayer> moeLayers() {
        return parts.encoder.moeLayers();
    }

    /** What experts have had of each task. */
    TaskLoads loads() {
        return loads;
    }

    @Override
    public BatchLoss forwardBackward(RowBatch batch, StepContext context, GradientProgress progress) {
        double[] weights = context.taskTargets().length == 0
                ? IntStream.range(0, batch.rows()).mapToDouble(_ -> 1).toArray()
                : BALANCE.ofRows(batch.tasks(), context);
        double[] ofRows = new double[batch.rows()];
        int[] first = batch.firstPasses();
        if (checking) {
            StepArena.Mark mark = runtime.arena().mark();
            Passed passed = train(batch.all(), passOf(context, 0, 0), GradientProgress.NONE, taken(weights, first));
            runtime.arena().release(mark);
            SecondRows second = SecondRows.of(batch, passed.told, secondPass);
            int tokens = batch.all().stream().mapToInt(Row::tokenCount).sum();
            StepContext next = passOf(context, 1, tokens);
            put(passed.losses, ofRows, first);
            put(train(second.rows(), next, progress, taken(weights, second.passes())).losses, ofRows, second.passes());
        } else {
            put(train(batch.all(), context, progress, taken(weights, first)).losses, ofRows, first);
        }
        if (context.isLastMicroBatch()) {
            loads.add(moeLayers());
        }
        double sum = IntStream.range(0, ofRows.length)
                .mapToDouble(row -> weights[row] * ofRows[row])
                .sum();
        return new BatchLoss(sum, ofRows);
    }

    private static double[] taken(double[] ofBatch, int[] passes) {
        return IntStream.of(passes).mapToDouble(pass -> ofBatch[pass]).toArray();
    }

    private static void put(double[] losses, double[] ofBatch, int[] passes) {
        for (int i = 0; i < passes.length; i++) {
            ofBatch[passes[i]] = losses[i];
        }
    }

    /**
     * What came of one pass.
     *
     * @param told of each row the most likely ids at its blanks
     * @param losses of each row, without weights
     */
    record Passed(int[][] told, double[] losses) {}

    /** A micro-batch counts as two. */
    private static StepContext passOf(StepContext context, int pass, int tokensBefore) {
        return new StepContext(
                context.step(),
                context.firstToken() + tokensBefore,
                context.targets(),
                context.tokens(),
                2 * context.microBatch() + pass,
                2 * context.microBatches(),
                context.tasks(),
                context.taskTargets());
    }

    /**
     * One forward and backward.
     *
     * @param weights [rows] of the losses
     */
    private Passed train(List<Row> rows, StepContext step, GradientProgress progress, double[] weights) {
        StepArena arena = runtime.arena();
        RowTokens tokens = RowTokens.of(rows);
        StepContext context = step.withTasks(tokens.tasks());
        SharedEncoder.Run run = parts.encoder.forward(tokens, context, arena);
        float[] factors = new float[weights.length];
        for (int row = 0; row < factors.length; row++) {
            factors[row] = (float) (context.perTarget() * weights[row]);
        }
        MemorySegment d = arena.floats((long) tokens.ids().length * width);
        runtime.kernels().vector().zero(d, (long) tokens.ids().length * width);
        double[] losses = new double[rows.size()];
        int[][] told = sides(tokens, run.out(), factors, d, losses);
        progress.complete(parts.understanding.matrices());
        progress.complete(parts.generation.matrices());
        parts.encoder.backward(run, d, context, progress, arena);
        return new Passed(told, losses);
    }

    private int[][] sides(RowTokens tokens, MemorySegment x, float[] factors, MemorySegment d, double[] ofRows) {
        int[][] told = new int[tokens.rows().size()][];
        SideRows understood = tokens.understood();
        if (!understood.isEmpty()) {
            share(understood, parts.understanding.train(x, understood, factors, d, ofRows, runtime.arena()), told);
        }
        SideRows generated = tokens.generated();
        if (!generated.isEmpty()) {
            share(generated, parts.generation.train(x, generated, factors, d, ofRows, runtime.arena()), told);
        }
        return told;
    }

    /** Gives each row its part of what was told of a side. */
    private static void share(SideRows side, int[] ofSide, int[][] told) {
        int next = 0;
        for (int i = 0; i < side.numbers().length; i++) {
            int blanks = side.rows().get(i).blanks().length;
            told[side.numbers()[i]] = Arrays.copyOfRange(ofSide, next, next + blanks);
            next += blanks;
        }
    }

    @Override
    public BatchLoss evaluate(RowBatch batch) {
        double[] ofRows = new double[batch.rows()];
        Passed passed = evaluate(batch.all());
        put(passed.losses, ofRows, batch.firstPasses());
        if (checking) {
            SecondRows second = SecondRows.of(batch, passed.told, secondPass);
            put(evaluate(second.rows()).losses, ofRows, second.passes());
        }
        return new BatchLoss(Arrays.stream(ofRows).sum(), ofRows);
    }

    /** One forward. */
    Passed evaluate(List<Row> rows) {
        RowTokens tokens = RowTokens.of(rows);
        MemorySegment x = parts.encoder.evaluate(tokens, runtime.arena());
        int[][] told = new int[rows.size()][];
        double[] losses = new double[rows.size()];
        SideRows understood = tokens.understood();
        if (!understood.isEmpty()) {
            share(understood, parts.understanding.evaluate(x, understood, losses, runtime.arena()), told);
        }
        SideRows generated = tokens.generated();
        if (!generated.isEmpty()) {
            share(generated, parts.generation.evaluate(x, generated, losses, runtime.arena()), told);
        }
        return new Passed(told, losses);
    }

    /**
     * Logits of some ids at the start of each row, [rows][ids of the row]. All ranks take part, each with its own rows, which may be none.
     *
     * @param rows that are understood
     * @param ids of each row, those that are wanted
     */
    public float[][] logits(List<Row> rows, List<int[]> ids) {
        StepArena arena = runtime.arena();
        StepArena.Mark mark = arena.mark();
        RowTokens tokens = RowTokens.of(rows);
        MemorySegment x = parts.encoder.evaluate(tokens, runtime.arena());
        float[][] logits =
                rows.isEmpty() ? new float[0][] : parts.understanding.atStart(x, tokens.understood(), ids, arena);
        arena.release(mark);
        return logits;
    }

    /**
     * The mean of the encoder's output over the tokens of each row, [rows][D]. All ranks take part, each with its own rows, which may be none.
     */
    public float[][] encoded(List<Row> rows) {
        StepArena arena = runtime.arena();
        StepArena.Mark mark = arena.mark();
        RowTokens tokens = RowTokens.of(rows);
        MemorySegment x = parts.encoder.evaluate(tokens, arena);
        float[][] means = new float[rows.size()][width];
        for (int row = 0; row < means.length; row++) {
            int begin = tokens.encoder().begin(row);
            int length = tokens.encoder().length(row);
            for (int i = 0; i < width; i++) {
                double sum = 0;
                for (int token = begin; token < begin + length; token++) {
                    sum += x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) token * width + i);
                }
                means[row][i] = (float) (sum / length);
            }
        }
        arena.release(mark);
        return means;
    }

    /**
     * Writes what follows the start, with the most likely token each time. All ranks take part, each with its own rows, which may be none.
     *
     * @param rows that are generated; what they hold of the decoder is not looked at but for its start
     * @param end token behind what is written
     * @param most tokens
     */
    public List<int[]> write(List<Row> rows, int end, int most) {
        StepArena arena = runtime.arena();
        StepArena.Mark mark = arena.mark();
        RowTokens tokens = RowTokens.of(rows);
        MemorySegment x = parts.encoder.evaluate(tokens, runtime.arena());
        List<int[]> written = rows.isEmpty()
                ? List.of()
                : parts.generation.write(x, tokens.generated(), rows.getFirst().decoder()[0], end, most, arena);
        arena.release(mark);
        return written;
    }
}
