package io.witan.runtime.metrics;

/**
 * The model on the validation documents after a step.
 *
 * @param valLoss mean cross-entropy of all validation targets, nats a token
 * @param valNatsPerByte summed cross-entropy, ends of text included, over the UTF-8 bytes of the documents;
 *     NaN, and no key of the line, where they are no text
 */
public record ValidationMetrics(long step, double valLoss, double valNatsPerByte) implements MetricsLine {}
