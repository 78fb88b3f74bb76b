package io.witan.benchmarks.quality;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.PhaseMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** The figures of a run in phases: the last validation loss of each phase, then what its report measures. */
final class RunFigures {
    private RunFigures() {}

    /**
     * By name, in the order of the files.
     *
     * @param run folder with {@code metrics.jsonl}, and {@code reward.json} or {@code report.json}
     * @throws IllegalArgumentException in one line if the report cannot be read
     * @throws io.witan.runtime.metrics.MetricsException likewise, the metrics
     */
    static SequencedMap<String, Double> read(Path run) {
        SequencedMap<String, Double> figures = new LinkedHashMap<>();
        MetricsReader metrics = MetricsReader.read(run.resolve("metrics.jsonl"));
        for (PhaseMetrics phase : metrics.phases()) {
            for (ValidationMetrics validation : metrics.validations()) {
                if (validation.step() >= phase.step() && validation.step() < phase.step() + phase.steps()) {
                    figures.put("validation loss, " + phase.phase(), validation.valLoss());
                }
            }
        }
        Path rewards = run.resolve("reward.json");
        if (Files.exists(rewards)) {
            addRewards(figures, report(rewards).path("models"));
        } else {
            addMeasures(figures, report(run.resolve("report.json")).path("measures"));
        }
        return figures;
    }

    private static void addMeasures(Map<String, Double> figures, JsonNode measures) {
        for (JsonNode measure : measures) {
            String name = measure.path("name").textValue() + ", "
                    + measure.path("rows").intValue() + " rows: ";
            for (Map.Entry<String, JsonNode> value : measure.properties()) {
                if (value.getValue().isObject()) {
                    figures.put(
                            name + value.getKey(),
                            value.getValue().path("value").doubleValue());
                }
            }
        }
    }

    /** What share of pairs each model orders rightly, and how much more the first one does. */
    private static void addRewards(Map<String, Double> figures, JsonNode models) {
        String first = null;
        double ofFirst = 0;
        for (Map.Entry<String, JsonNode> model : models.properties()) {
            String name = model.getKey();
            double share = model.getValue().path("all").path("share").doubleValue();
            figures.put(name, share);
            if (first == null) {
                first = name;
                ofFirst = share;
            } else {
                figures.put(first + " less " + name, ofFirst - share);
            }
            figures.put(name + ", tied pairs", model.getValue().path("tied").doubleValue());
        }
    }

    private static JsonNode report(Path file) {
        try {
            return new JsonMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": is no report: "
                    + e.getMessage().lines().findFirst().orElse(""));
        }
    }
}
