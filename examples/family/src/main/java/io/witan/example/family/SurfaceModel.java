package io.witan.example.family;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.BatchLoss;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** y = v . (h + MoE(h)), h = W x + b, with half the squared error as loss. */
final class SurfaceModel implements TrainableModel<Points> {
    static final int FEATURES = 2;
    private static final double[] NO_ROWS = {};

    private final RankRuntime runtime;
    private final TrainingState state;
    private final Layers layers;
    private final int width;

    /**
     * @param in [D, 2] with bias
     * @param out [1, D]
     */
    record Layers(LinearLayer in, MoeLayer moe, LinearLayer out) {}

    /** @param width D */
    SurfaceModel(RankRuntime runtime, TrainingState state, Layers layers, int width) {
        this.runtime = runtime;
        this.state = state;
        this.layers = layers;
        this.width = width;
    }

    @Override
    public TrainingState state() {
        return state;
    }

    @Override
    public List<MoeLayer> moeLayers() {
        return List.of(layers.moe);
    }

    /**
     * A forward.
     *
     * @param x [rows, 2]
     * @param sum [rows, D] h + MoE(h)
     * @param saved of the layer, for its backward
     * @param errors [rows] told less true
     */
    private record Forward(MemorySegment x, MemorySegment sum, MoeLayer.Saved saved, double[] errors) {
        double loss() {
            double loss = 0;
            for (double error : errors) {
                loss += error * error / 2;
            }
            return loss;
        }
    }

    private Forward forward(Points batch, Pass pass, StepContext context) {
        StepArena arena = runtime.arena();
        int rows = batch.rows();
        layers.moe.beginMaterialise();
        MemorySegment x = arena.floats((long) rows * FEATURES);
        for (int i = 0; i < rows * FEATURES; i++) {
            x.setAtIndex(JAVA_FLOAT, i, (float) batch.x()[i / FEATURES][i % FEATURES]);
        }
        MemorySegment h = layers.in.forward(x, rows, arena);
        MemorySegment sum = arena.floats((long) rows * width);
        arena.copy(h, sum, (long) rows * width * Float.BYTES);
        MoeLayer.Saved saved = layers.moe.forward(h, sum, rows, pass, context, arena);
        MemorySegment told = layers.out.forward(sum, rows, arena);
        double[] errors = new double[rows];
        for (int row = 0; row < rows; row++) {
            errors[row] = told.getAtIndex(JAVA_FLOAT, row) - batch.y()[row];
        }
        return new Forward(x, sum, saved, errors);
    }

    @Override
    public BatchLoss forwardBackward(Points batch, StepContext context, GradientProgress progress) {
        StepArena arena = runtime.arena();
        int rows = batch.rows();
        Forward forward = forward(batch, Pass.TRAIN, context);
        MemorySegment dTold = arena.floats(rows);
        for (int row = 0; row < rows; row++) {
            dTold.setAtIndex(JAVA_FLOAT, row, (float) (forward.errors[row] * context.perTarget()));
        }
        layers.out.backwardWeight(dTold, forward.sum, rows, arena);
        MemorySegment d = arena.floats((long) rows * width);
        layers.out.backwardInput(dTold, d, rows, 0);
        MemorySegment dh = layers.moe.backward(forward.saved, d, context, arena);
        layers.moe.experts().endBackward(context);
        if (context.isLastMicroBatch()) {
            layers.moe.experts().beginReduce();
        }
        runtime.kernels().vector().add(dh, d, (long) rows * width);
        layers.in.backwardWeight(dh, forward.x, rows, arena);
        return new BatchLoss(forward.loss(), NO_ROWS);
    }

    @Override
    public BatchLoss evaluate(Points batch) {
        double loss = forward(batch, Pass.EVALUATE, StepContext.evaluation()).loss();
        layers.moe.experts().endForward();
        return new BatchLoss(loss, NO_ROWS);
    }
}
