package io.witan.runtime.metrics;

/**
 * The model on the validation documents of one task after a step.
 *
 * @param task its name
 * @param valLoss mean cross-entropy of its validation targets, nats a token
 */
public record TaskValidationMetrics(long step, String task, double valLoss) implements MetricsLine {}
