package io.witan.runtime.metrics;

/**
 * A phase of a run begins.
 *
 * @param step its first
 * @param phase its name
 * @param number of it, from 1
 * @param steps that it has
 */
public record PhaseMetrics(long step, String phase, int number, int steps) implements MetricsLine {}
