package io.witan.runtime.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.runtime.metrics.StepMetrics.Bytes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Lines as JSON. A line's kind is the first of these keys that it has: task, phase, rank_own_ms, expert_load, placement, val_loss,
 * memory_resident_bytes, loss.
 */
final class MetricsJson {
    private static final String SHARDING_KEY = "expert_sharding";

    static final Set<String> KIND_KEYS = Set.of(
            TaskJson.KIND_KEY,
            PhaseJson.KIND_KEY,
            RankJson.KIND_KEY,
            "expert_load",
            "top_k",
            SHARDING_KEY,
            PlacementJson.KIND_KEY,
            "val_loss",
            "val_nats_per_byte",
            MemoryJson.KIND_KEY);

    private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private MetricsJson() {}

    static String write(MetricsLine line) {
        ObjectNode json = JSON.createObjectNode().put("step", line.step());
        switch (line) {
            case StepMetrics metrics -> write(metrics, json);
            case ValidationMetrics metrics -> {
                number(json, "val_loss", metrics.valLoss());
                if (!Double.isNaN(metrics.valNatsPerByte())) {
                    number(json, "val_nats_per_byte", metrics.valNatsPerByte());
                }
            }
            case LoadMetrics metrics -> {
                if (metrics.topK() != LoadMetrics.UNKNOWN_TOP_K) {
                    json.put("top_k", metrics.topK());
                }
                if (metrics.sharding() > 1) {
                    json.put(SHARDING_KEY, metrics.sharding());
                }
                loads(json, "expert_load", metrics.expertLoad());
            }
            case PlacementMetrics metrics -> PlacementJson.write(metrics, json);
            case MemoryMetrics metrics -> MemoryJson.write(metrics.report(), json);
            case TaskMetrics metrics -> TaskJson.write(metrics, json);
            case TaskValidationMetrics metrics -> TaskJson.write(metrics, json);
            case PhaseMetrics metrics -> PhaseJson.write(metrics, json);
            case RankMetrics metrics -> RankJson.write(metrics, json);
        }
        return json.toString();
    }

    private static void write(StepMetrics metrics, ObjectNode json) {
        number(json, "loss", metrics.loss());
        number(json, "grad_norm", metrics.gradNorm());
        number(json, "lr", metrics.lr());
        number(json, "tokens_per_s", metrics.tokensPerS());
        number(json, "step_ms", metrics.stepMs());
        number(json, "imbalance", metrics.imbalance());
        json.put("bytes_sparse_all_gather", metrics.bytes().sparseAllGather());
        json.put("bytes_sparse_reduce_scatter", metrics.bytes().sparseReduceScatter());
        json.put("bytes_all_to_all", metrics.bytes().allToAll());
        json.put("skipped", metrics.skipped());
        metrics.extra().forEach((key, value) -> number(json, key, value));
    }

    static void loads(ObjectNode json, String key, long[][] expertLoad) {
        ArrayNode layers = json.putArray(key);
        for (long[] loads : expertLoad) {
            ArrayNode layer = layers.addArray();
            for (long load : loads) {
                layer.add(load);
            }
        }
    }

    static void number(ObjectNode json, String key, double value) {
        if (Double.isFinite(value)) {
            json.put(key, value);
        } else {
            json.put(key, Double.toString(value));
        }
    }

    /**
     * The object of a line.
     *
     * @throws IllegalArgumentException if it is no JSON object with a whole step
     */
    static ObjectNode object(String line) {
        try {
            if (JSON.readTree(line) instanceof ObjectNode object
                    && object.path("step").isIntegralNumber()) {
                return object;
            }
            throw new IllegalArgumentException("not a JSON object with a step");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    /**
     * The metrics of a line, empty for a kind that is not known here.
     *
     * @throws IllegalArgumentException if a value is missing or of the wrong type
     */
    static Optional<MetricsLine> read(ObjectNode json) {
        long step = json.get("step").longValue();
        if (json.has(TaskJson.KIND_KEY)) {
            return Optional.of(TaskJson.read(step, json));
        }
        if (json.has(PhaseJson.KIND_KEY)) {
            return Optional.of(PhaseJson.read(step, json));
        }
        if (json.has(RankJson.KIND_KEY)) {
            return Optional.of(RankJson.read(step, json));
        }
        if (json.has("expert_load")) {
            return Optional.of(new LoadMetrics(step, topK(json), sharding(json), loads(json.get("expert_load"))));
        }
        if (json.has(PlacementJson.KIND_KEY)) {
            return Optional.of(PlacementJson.read(step, json));
        }
        if (json.has("val_loss")) {
            return Optional.of(new ValidationMetrics(
                    step,
                    number(json, "val_loss"),
                    json.has("val_nats_per_byte") ? number(json, "val_nats_per_byte") : Double.NaN));
        }
        if (json.has(MemoryJson.KIND_KEY)) {
            return Optional.of(MemoryJson.read(step, json));
        }
        return json.has("loss") ? Optional.of(stepMetrics(step, json)) : Optional.empty();
    }

    private static StepMetrics stepMetrics(long step, ObjectNode json) {
        SortedMap<String, Double> extra = StepMetrics.noExtra();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            boolean known = StepMetrics.KEYS.contains(entry.getKey());
            boolean numeric = entry.getValue().isNumber()
                    || NOT_FINITE.contains(entry.getValue().asText());
            if (!known && numeric) {
                extra.put(entry.getKey(), number(json, entry.getKey()));
            }
        }
        return new StepMetrics(
                step,
                number(json, "loss"),
                number(json, "grad_norm"),
                number(json, "lr"),
                number(json, "tokens_per_s"),
                number(json, "step_ms"),
                number(json, "imbalance"),
                new Bytes(
                        whole(json, "bytes_sparse_all_gather"),
                        whole(json, "bytes_sparse_reduce_scatter"),
                        whole(json, "bytes_all_to_all")),
                json.path("skipped").asBoolean(),
                extra);
    }

    static double number(ObjectNode json, String key) {
        JsonNode value = json.path(key);
        if (value.isNumber()) {
            return value.doubleValue();
        }
        if (value.isTextual() && NOT_FINITE.contains(value.textValue())) {
            return Double.parseDouble(value.textValue());
        }
        throw new IllegalArgumentException(key + " must be a number, got " + shown(value));
    }

    static long whole(ObjectNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.canConvertToLong() || !value.isIntegralNumber()) {
            throw new IllegalArgumentException(key + " must be a whole number, got " + shown(value));
        }
        return value.longValue();
    }

    /** A whole number that an int holds. */
    static int count(ObjectNode json, String key) {
        long value = whole(json, key);
        if (value != (int) value) {
            throw new IllegalArgumentException(key + " must be less than 2^31, got " + value);
        }
        return (int) value;
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "none" : value.toString();
    }

    private static int topK(ObjectNode json) {
        return json.has("top_k") ? count(json, "top_k") : LoadMetrics.UNKNOWN_TOP_K;
    }

    private static int sharding(ObjectNode json) {
        int sharding = json.has(SHARDING_KEY) ? count(json, SHARDING_KEY) : 1;
        if (sharding < 1) {
            throw new IllegalArgumentException(SHARDING_KEY + " must be 1 or more, got " + sharding);
        }
        return sharding;
    }

    static long[][] loads(JsonNode layers) {
        requireRows(layers, layers.isArray() || layers.isMissingNode());
        long[][] loads = new long[layers.size()][];
        for (int layer = 0; layer < loads.length; layer++) {
            requireRows(layers.get(layer), layers.get(layer).isArray());
            loads[layer] = new long[layers.get(layer).size()];
            for (int expert = 0; expert < loads[layer].length; expert++) {
                JsonNode load = layers.get(layer).get(expert);
                requireRows(load, load.isIntegralNumber());
                loads[layer][expert] = load.longValue();
            }
        }
        return loads;
    }

    private static void requireRows(JsonNode found, boolean fits) {
        if (!fits) {
            throw new IllegalArgumentException("expert_load must be rows of whole numbers, got " + found);
        }
    }
}
