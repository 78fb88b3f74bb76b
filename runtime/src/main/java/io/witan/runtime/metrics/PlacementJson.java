package io.witan.runtime.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.runtime.metrics.PlacementMetrics.LayerPlacement;
import java.util.ArrayList;
import java.util.List;

/**
 * Lines of placements as JSON: {@code "placement": [{"layer": 3, "holders": [0, 0, [1, 0], 1]}]}, where an expert that only its owner
 * has is a number and any other a list with the owner first.
 */
final class PlacementJson {
    static final String KIND_KEY = "placement";

    private PlacementJson() {}

    static void write(PlacementMetrics metrics, ObjectNode json) {
        ArrayNode layers = json.putArray(KIND_KEY);
        for (LayerPlacement layer : metrics.layers()) {
            ArrayNode holders = layers.addObject().put("layer", layer.layer()).putArray("holders");
            for (List<Integer> expert : layer.holders()) {
                if (expert.size() == 1) {
                    holders.add(expert.getFirst());
                } else {
                    ArrayNode ranks = holders.addArray();
                    expert.forEach(ranks::add);
                }
            }
        }
    }

    /** @throws IllegalArgumentException if a value is missing or of the wrong type */
    static PlacementMetrics read(long step, ObjectNode json) {
        List<LayerPlacement> layers = new ArrayList<>();
        for (JsonNode layer : json.get(KIND_KEY)) {
            if (!layer.path("layer").isInt() || !layer.path("holders").isArray()) {
                throw new IllegalArgumentException("placement must be layers with holders, got " + layer);
            }
            List<List<Integer>> holders = new ArrayList<>();
            layer.get("holders").forEach(expert -> holders.add(ranks(expert)));
            layers.add(new LayerPlacement(layer.get("layer").intValue(), holders));
        }
        return new PlacementMetrics(step, layers);
    }

    private static List<Integer> ranks(JsonNode expert) {
        List<Integer> ranks = new ArrayList<>();
        Iterable<JsonNode> nodes = expert.isArray() ? expert : List.of(expert);
        for (JsonNode rank : nodes) {
            if (!rank.isInt() || rank.intValue() < 0) {
                throw new IllegalArgumentException("holders must be ranks or lists of ranks, got " + expert);
            }
            ranks.add(rank.intValue());
        }
        if (ranks.isEmpty()) {
            throw new IllegalArgumentException("an expert must have a holder, got " + expert);
        }
        return ranks;
    }
}
