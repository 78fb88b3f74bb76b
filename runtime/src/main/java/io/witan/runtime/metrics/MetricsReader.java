package io.witan.runtime.metrics;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The metrics of a run, by kind, each kind in the order of the file. Lines of unknown kind are passed over. */
public record MetricsReader(
        List<StepMetrics> steps,
        List<ValidationMetrics> validations,
        List<LoadMetrics> loads,
        List<PlacementMetrics> placements,
        List<MemoryMetrics> memories,
        List<TaskMetrics> tasks,
        List<TaskValidationMetrics> taskValidations,
        List<PhaseMetrics> phases,
        List<RankMetrics> ranks) {
    public MetricsReader {
        steps = List.copyOf(steps);
        validations = List.copyOf(validations);
        loads = List.copyOf(loads);
        placements = List.copyOf(placements);
        memories = List.copyOf(memories);
        tasks = List.copyOf(tasks);
        taskValidations = List.copyOf(taskValidations);
        phases = List.copyOf(phases);
        ranks = List.copyOf(ranks);
    }

    /**
     * Reads a metrics file, also of a run that still writes it or was killed: a last line without its end is left out.
     *
     * @throws MetricsException if the file cannot be read or holds a broken line
     */
    public static MetricsReader read(Path path) {
        List<StepMetrics> steps = new ArrayList<>();
        List<ValidationMetrics> validations = new ArrayList<>();
        List<LoadMetrics> loads = new ArrayList<>();
        List<PlacementMetrics> placements = new ArrayList<>();
        List<MemoryMetrics> memories = new ArrayList<>();
        List<TaskMetrics> tasks = new ArrayList<>();
        List<TaskValidationMetrics> taskValidations = new ArrayList<>();
        List<PhaseMetrics> phases = new ArrayList<>();
        List<RankMetrics> ranks = new ArrayList<>();
        for (MetricsFile.Line line : MetricsFile.read(path)) {
            try {
                MetricsJson.read(line.json()).ifPresent(metrics -> {
                    switch (metrics) {
                        case StepMetrics step -> steps.add(step);
                        case ValidationMetrics validation -> validations.add(validation);
                        case LoadMetrics load -> loads.add(load);
                        case PlacementMetrics placement -> placements.add(placement);
                        case MemoryMetrics memory -> memories.add(memory);
                        case TaskMetrics task -> tasks.add(task);
                        case TaskValidationMetrics validation -> taskValidations.add(validation);
                        case PhaseMetrics phase -> phases.add(phase);
                        case RankMetrics rank -> ranks.add(rank);
                    }
                });
            } catch (IllegalArgumentException e) {
                throw new MetricsException(path + ":" + line.number() + ": " + e.getMessage());
            }
        }
        return new MetricsReader(
                steps, validations, loads, placements, memories, tasks, taskValidations, phases, ranks);
    }
}
