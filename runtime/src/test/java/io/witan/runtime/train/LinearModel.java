package io.witan.runtime.train;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * y = w x + b_t of rows of task t, with half the squared error as loss: a model with an MoE layer that it never comes through.
 *
 * @param balance of the tasks; empty: all targets count alike
 */
record LinearModel(TrainingState state, List<MoeLayer> moeLayers, Optional<TaskBalance> balance)
        implements TrainableModel<MeasuredRows> {
    static final String WEIGHT = "weight";
    static final String BIAS = "bias";
    private static final String ROUTER = "router";
    static final MoeConfig MOE = new MoeConfig(
            8, 8, 4, 2, FeedForwardKernel.Activation.SWIGLU, GateKernel.Weights.RENORMALISED, 0.01, 0.001);

    static List<ParameterSpec> declare(int tasks) {
        List<ParameterSpec> specs = new ArrayList<>(List.of(
                ParameterSpec.matrix(WEIGHT, 1, MeasuredRows.FEATURES, 0.5),
                ParameterSpec.vector(BIAS, tasks, 0.1f),
                ParameterSpec.matrix(ROUTER, MOE.experts(), MOE.width(), 0.1)));
        for (int e = 0; e < MOE.experts(); e++) {
            specs.addAll(MOE.expertLayout().declare("expert" + e, 0, e, 0.1, 0.1));
        }
        return specs;
    }

    /** @param owner of each expert */
    static MoeLayer moe(RankRuntime runtime, TrainingState state, int[] owner, ExpertBuffers buffers) {
        LayerExperts experts = new LayerExperts(0, MOE.expertLayout(), owner, state, buffers, runtime.parameters());
        return new MoeLayer(runtime, MOE, experts, LayerParts.plain(runtime, MOE, state.parameter(ROUTER)));
    }

    @Override
    public BatchLoss forwardBackward(MeasuredRows batch, StepContext context, GradientProgress progress) {
        double[] ofRows = evaluate(batch).ofRows();
        double[] factors = new double[batch.rows()];
        Arrays.fill(factors, 1);
        factors = balance.map(of -> of.ofRows(batch.tasks(), context)).orElse(factors);
        double sum = 0;
        for (int row = 0; row < batch.rows(); row++) {
            double factor = factors[row];
            sum += factor * ofRows[row];
            double d = Double.isNaN(batch.values()[row]) ? 0 : error(batch, row) * factor * context.perTarget();
            for (int i = 0; i < MeasuredRows.FEATURES; i++) {
                add(WEIGHT, i, d * batch.features()[row][i]);
            }
            add(BIAS, batch.tasks()[row], d);
        }
        return new BatchLoss(sum, ofRows);
    }

    private void add(String name, int index, double value) {
        Parameter parameter = state.parameter(name);
        if (parameter.isTrained()) {
            MemorySegment gradient = parameter.gradient();
            gradient.setAtIndex(JAVA_FLOAT, index, (float) (gradient.getAtIndex(JAVA_FLOAT, index) + value));
        }
    }

    private double error(MeasuredRows batch, int row) {
        MemorySegment weight = state.parameter(WEIGHT).value();
        double y = state.parameter(BIAS).value().getAtIndex(JAVA_FLOAT, batch.tasks()[row]);
        for (int i = 0; i < MeasuredRows.FEATURES; i++) {
            y += weight.getAtIndex(JAVA_FLOAT, i) * batch.features()[row][i];
        }
        return y - batch.values()[row];
    }

    @Override
    public BatchLoss evaluate(MeasuredRows batch) {
        double sum = 0;
        double[] ofRows = new double[batch.rows()];
        for (int row = 0; row < batch.rows(); row++) {
            ofRows[row] = Double.isNaN(batch.values()[row]) ? 0 : error(batch, row) * error(batch, row) / 2;
            sum += ofRows[row];
        }
        return new BatchLoss(sum, ofRows);
    }
}
