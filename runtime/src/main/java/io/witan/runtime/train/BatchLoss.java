package io.witan.runtime.train;

/**
 * Loss of this rank's rows in a micro-batch, in nats. The array is not copied and must not change.
 *
 * @param sum over all targets, each with the factor of its row where a model weighs rows: what is trained on
 * @param ofRows [rows] sum over the targets of each row, without factors; empty if the batch has no tasks
 */
public record BatchLoss(double sum, double[] ofRows) {}
