package io.witan.benchmarks.collectives;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;

/**
 * One measured line, and one line of a JSON file: {@code op, bytes, ...} with names_in_this_form.
 *
 * @param bytes as nccl-tests count it (docs/measuring.md)
 * @param count floats of rank 0's part
 * @param iters timed iterations
 * @param p50Us median of the iterations' times, each the longest over ranks; microseconds
 * @param algbwGbs bytes over median, 1e9 bytes a second
 * @param wrong wrong elements over all ranks; -1 if they were not checked
 */
public record BenchRow(
        String op,
        long bytes,
        long count,
        int ranks,
        int nodes,
        String dtype,
        boolean inPlace,
        String transport,
        String idle,
        int iters,
        double p50Us,
        double p99Us,
        double maxUs,
        double algbwGbs,
        double busbwGbs,
        long wrong) {
    static final long UNCHECKED = -1;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final double NS_PER_US = 1e3;

    /** Median, 99th percentile and maximum of times, which are sorted by this. */
    static double[] quantilesUs(long[] timesNs) {
        Arrays.sort(timesNs);
        int last = timesNs.length - 1;
        int p99 = Math.min(last, (int) Math.ceil(0.99 * timesNs.length) - 1);
        return new double[] {
            timesNs[timesNs.length / 2] / NS_PER_US, timesNs[p99] / NS_PER_US, timesNs[last] / NS_PER_US
        };
    }

    String toJson() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @throws IllegalArgumentException if it is not such a line */
    static BenchRow fromJson(String line) {
        try {
            return MAPPER.readValue(line, BenchRow.class);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not a row of a benchmark: " + line, broken);
        }
    }
}
