package io.witan.runtime.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Lines of phases as JSON. */
final class PhaseJson {
    static final String KIND_KEY = "phase";
    private static final String NUMBER = "phase_number";
    private static final String STEPS = "phase_steps";

    private PhaseJson() {}

    static void write(PhaseMetrics metrics, ObjectNode json) {
        json.put(KIND_KEY, metrics.phase());
        json.put(NUMBER, metrics.number());
        json.put(STEPS, metrics.steps());
    }

    /** @throws IllegalArgumentException if a value is missing or of the wrong type */
    static PhaseMetrics read(long step, ObjectNode json) {
        JsonNode phase = json.get(KIND_KEY);
        if (!phase.isTextual()) {
            throw new IllegalArgumentException("phase must be a name, got " + phase);
        }
        return new PhaseMetrics(
                step, phase.textValue(), MetricsJson.count(json, NUMBER), MetricsJson.count(json, STEPS));
    }
}
