package io.witan.runtime.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.runtime.metrics.RankMetrics.OfRank;
import java.util.ArrayList;
import java.util.List;

/** Lines of ranks as JSON: an array a figure, with an element a rank. */
final class RankJson {
    static final String KIND_KEY = "rank_own_ms";
    private static final String WAIT = "rank_wait_ms";
    private static final String SENT = "rank_sent_bytes";
    private static final String RESIDENT = "rank_resident_bytes";
    private static final String LOAD = "rank_load";
    private static final String COPIES = "rank_copies";
    private static final double THOUSAND = 1e3;

    private RankJson() {}

    static void write(RankMetrics metrics, ObjectNode json) {
        ArrayNode own = json.putArray(KIND_KEY);
        ArrayNode wait = json.putArray(WAIT);
        ArrayNode sent = json.putArray(SENT);
        ArrayNode resident = json.putArray(RESIDENT);
        ArrayNode load = json.putArray(LOAD);
        ArrayNode copies = json.putArray(COPIES);
        for (OfRank rank : metrics.ranks()) {
            own.add(rounded(rank.ownMs()));
            wait.add(rounded(rank.waitMs()));
            sent.add(rank.sentBytes());
            resident.add(rank.residentBytes());
            load.add(rounded(rank.load()));
            copies.add(rank.copies());
        }
    }

    private static double rounded(double value) {
        return Math.round(value * THOUSAND) / THOUSAND;
    }

    /** @throws IllegalArgumentException if a figure is missing, of the wrong type or not there for all ranks */
    static MetricsLine read(long step, ObjectNode json) {
        int count = json.get(KIND_KEY).size();
        List<OfRank> ranks = new ArrayList<>();
        for (int r = 0; r < count; r++) {
            ranks.add(new OfRank(
                    element(json, KIND_KEY, r).doubleValue(),
                    element(json, WAIT, r).doubleValue(),
                    element(json, SENT, r).longValue(),
                    element(json, RESIDENT, r).longValue(),
                    element(json, LOAD, r).doubleValue(),
                    element(json, COPIES, r).intValue()));
        }
        return new RankMetrics(step, ranks);
    }

    private static JsonNode element(ObjectNode json, String key, int rank) {
        JsonNode value = json.path(key).path(rank);
        if (!value.isNumber()) {
            throw new IllegalArgumentException(
                    key + " must have a number for rank " + rank + ", got " + (value.isMissingNode() ? "none" : value));
        }
        return value;
    }
}
