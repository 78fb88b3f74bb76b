package io.witan.benchmarks.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * What a comparison needs of a row (docs/measuring.md), whoever wrote it.
 *
 * @param p50Us median; required
 * @param limitUs what the machine needs for the same bytes; null where it was not measured
 * @param wrong wrong elements; -1: not checked
 */
record ComparedRow(String op, long bytes, int ranks, boolean inPlace, Double p50Us, Double limitUs, Long wrong) {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** @throws IllegalArgumentException if it is no such line or lacks a field */
    static ComparedRow fromJson(String line) {
        ComparedRow row;
        try {
            row = MAPPER.readValue(line, ComparedRow.class);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not a row of a benchmark: " + line, broken);
        }
        if (row == null || row.op == null || row.ranks < 1 || row.p50Us == null || row.wrong == null) {
            throw new IllegalArgumentException("a row without op, ranks, p50_us or wrong: " + line);
        }
        if (!(row.p50Us > 0)) {
            throw new IllegalArgumentException("a row whose p50_us is not above 0: " + line);
        }
        return row;
    }

    LineKey key() {
        return new LineKey(ranks, op, bytes, inPlace);
    }

    boolean hasLimit() {
        return limitUs != null && limitUs > 0;
    }
}
