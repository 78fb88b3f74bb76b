package io.witan.runtime.metrics;

import io.witan.runtime.memory.MemoryReport;

/**
 * What memory a rank holds after a step.
 *
 * @param report of one rank; each has a line of its own
 */
public record MemoryMetrics(long step, MemoryReport report) implements MetricsLine {}
