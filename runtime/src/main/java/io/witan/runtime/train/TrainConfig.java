package io.witan.runtime.train;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;

/** Section {@code train} of a recipe. */
public record TrainConfig(
        @Doc("optimizer steps of the whole run") @Default("200") @Range(min = 1) int steps,
        @Doc("seed of initial weights, data order and sampling") @Default("1") long seed,
        @Doc("rows (sequences) of a step, over all ranks") @Default("16") @Range(min = 1) int globalBatch,
        @Doc("micro-batches that a step's rows are cut into") @Default("1") @Range(min = 1) int accumulation,
        @Doc("highest learning rate") @Default("0.001") @Range(min = 0) double lr,
        @Doc("learning rate at the end of the schedule") @Default("0") @Range(min = 0) double minLr,
        @Doc("steps of linear warm-up") @Default("0") @Range(min = 0) int warmupSteps,
        @Doc("course of the learning rate after warm-up") @Default("cosine") LearningRate.Schedule schedule,
        @Doc("decay of the gradient's running mean") @Default("0.9") @Range(min = 0, below = 1) double beta1,
        @Doc("decay of the squared gradient's running mean") @Default("0.95") @Range(min = 0, below = 1) double beta2,
        @Doc("added to the root of the second moment") @Default("1e-8") @Range(above = 0) double epsilon,
        @Doc("decoupled weight decay, of matrices only") @Default("0.1") @Range(min = 0) double weightDecay,
        @Doc("largest global gradient norm, 0 for no clipping") @Default("1.0") @Range(min = 0) double clipNorm,
        @Doc("consecutive non-finite steps that end the run") @Default("10") @Range(min = 1) int nonfiniteLimit,
        @Doc("steps between evaluations, 0 for none but the last") @Default("50") @Range(min = 0) int evalInterval,
        @Doc("validation batches of an evaluation in the run, 0 for all; the last one takes all")
                @Default("8")
                @Range(min = 0)
                int evalBatches,
        @Doc("stop after this step as if asked to, 0 for never; the schedule still runs to steps")
                @Default("0")
                @Range(min = 0)
                int stopAfter) {
    /** Refuses combinations that no single key shows. */
    public TrainConfig {
        if (globalBatch % accumulation != 0) {
            throw new IllegalArgumentException(
                    "train.global_batch " + globalBatch + " must be a multiple of train.accumulation " + accumulation);
        }
        if (minLr > lr) {
            throw new IllegalArgumentException("train.min_lr " + minLr + " must not exceed train.lr " + lr);
        }
    }

    /** Rows of one micro-batch over all ranks. */
    public int rowsPerMicroBatch() {
        return globalBatch / accumulation;
    }

    public LearningRate learningRate() {
        return new LearningRate(lr, minLr, warmupSteps, steps, schedule);
    }
}
