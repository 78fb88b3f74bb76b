package io.witan.runtime.metrics;

/** One line of a metrics file. */
public sealed interface MetricsLine
        permits StepMetrics,
                ValidationMetrics,
                LoadMetrics,
                PlacementMetrics,
                MemoryMetrics,
                TaskMetrics,
                TaskValidationMetrics,
                PhaseMetrics,
                RankMetrics {
    /** The step that the line is about, as the engine counts. */
    long step();
}
