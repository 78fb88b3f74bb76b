package io.witan.runtime.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Lines of tasks as JSON. */
final class TaskJson {
    static final String KIND_KEY = "task";
    private static final String LOSS = "task_loss";
    private static final String TARGETS = "task_targets";
    private static final String LOAD = "task_expert_load";
    private static final String VAL_LOSS = "task_val_loss";

    private TaskJson() {}

    static void write(TaskMetrics metrics, ObjectNode json) {
        json.put(KIND_KEY, metrics.task());
        MetricsJson.number(json, LOSS, metrics.loss());
        json.put(TARGETS, metrics.targets());
        MetricsJson.loads(json, LOAD, metrics.expertLoad());
    }

    static void write(TaskValidationMetrics metrics, ObjectNode json) {
        json.put(KIND_KEY, metrics.task());
        MetricsJson.number(json, VAL_LOSS, metrics.valLoss());
    }

    /** @throws IllegalArgumentException if a value is missing or of the wrong type */
    static MetricsLine read(long step, ObjectNode json) {
        JsonNode task = json.get(KIND_KEY);
        if (!task.isTextual()) {
            throw new IllegalArgumentException("task must be a name, got " + task);
        }
        if (json.has(VAL_LOSS)) {
            return new TaskValidationMetrics(step, task.textValue(), MetricsJson.number(json, VAL_LOSS));
        }
        return new TaskMetrics(
                step,
                task.textValue(),
                MetricsJson.number(json, LOSS),
                MetricsJson.whole(json, TARGETS),
                MetricsJson.loads(json.path(LOAD)));
    }
}
