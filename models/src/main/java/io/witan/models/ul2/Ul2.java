package io.witan.models.ul2;

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
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The model: an encoder of damaged texts and a decoder that writes what is missing. The loss is the mean over all targets of a step. */
public final class Ul2 implements TrainableModel<DenoisedBatch> {
    private final RankRuntime runtime;
    private final TrainingState state;
    private final SharedEncoder encoder;
    private final Generation decoder;
    private final int width;

    /**
     * @param state holds the parameters of both parts; stays the caller's
     * @param width D
     */
    Ul2(RankRuntime runtime, TrainingState state, SharedEncoder encoder, Generation decoder, int width) {
        this.runtime = runtime;
        this.state = state;
        this.encoder = encoder;
        this.decoder = decoder;
        this.width = width;
    }

    @Override
    public TrainingState state() {
        return state;
    }

    @Override
    public List<MoeLayer> moeLayers() {
        return encoder.moeLayers();
    }

    @Override
    public BatchLoss forwardBackward(DenoisedBatch batch, StepContext step, GradientProgress progress) {
        StepArena arena = runtime.arena();
        RowTokens tokens = RowTokens.of(batch.all());
        StepContext context = step.withTasks(tokens.tasks());
        SharedEncoder.Run run = encoder.forward(tokens, context, arena);
        long values = (long) tokens.ids().length * width;
        MemorySegment d = arena.floats(values);
        runtime.kernels().vector().zero(d, values);
        double[] losses = new double[batch.rows()];
        SideRows rows = tokens.generated();
        if (!rows.isEmpty()) {
            float[] factors = new float[losses.length];
            Arrays.fill(factors, context.perTarget());
            decoder.train(run.out(), rows, factors, d, losses, arena);
        }
        progress.complete(decoder.matrices());
        encoder.backward(run, d, context, progress, arena);
        return loss(losses);
    }

    @Override
    public BatchLoss evaluate(DenoisedBatch batch) {
        StepArena arena = runtime.arena();
        RowTokens tokens = RowTokens.of(batch.all());
        MemorySegment x = encoder.evaluate(tokens, arena);
        double[] losses = new double[batch.rows()];
        SideRows rows = tokens.generated();
        if (!rows.isEmpty()) {
            decoder.evaluate(x, rows, losses, arena);
        }
        return loss(losses);
    }

    private static BatchLoss loss(double[] ofRows) {
        return new BatchLoss(Arrays.stream(ofRows).sum(), ofRows);
    }
}
