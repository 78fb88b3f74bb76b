package io.witan.benchmarks.collectives;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;

/**
 * One measured line, and one line of a JSON file: {@code op, bytes, ...} with names_in_this_form, all on one level.
 *
 * @param bytes as nccl-tests count it (docs/measuring.md)
 * @param count elements of rank 0's part
 * @param lane of the group; null in rows of other programs, which have none
 * @param iters timed iterations
 * @param p50Us median of the iterations' times, each the longest over ranks; microseconds
 * @param algbwGbs bytes over median, 1e9 bytes a second
 * @param wrong wrong elements over all ranks; -1 if they were not checked
 * @param limitUs what the machine's memory needs for the bytes that must move; null: not measured, or nothing moves
 * @param sparse null unless the operation is sparse
 * @param network null unless there are several nodes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
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
        String lane,
        int iters,
        double p50Us,
        double p99Us,
        double maxUs,
        double algbwGbs,
        double busbwGbs,
        long wrong,
        Double limitUs,
        @JsonUnwrapped Sparse sparse,
        @JsonUnwrapped Network network) {
    static final long UNCHECKED = -1;

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final double NS_PER_US = 1e3;

    /** A part of which the line had nothing is null. */
    public BenchRow {
        sparse = sparse == null || sparse.plannedBytes() == null ? null : sparse;
        network = network == null || network.dropped() == null ? null : network;
    }

    /**
     * What a sparse operation moved, over all ranks, and what it may take beside the dense one.
     *
     * @param plannedBytes the planner's exact count
     * @param movedBytes the count of the communicators
     * @param inPlaceBytes of those, the ones that were not copied but read where they are
     * @param s most bytes that a rank receives, over those that it receives in the dense operation
     * @param denseUs median of the dense operation; null: not timed
     * @param boundUs 1.15 s denseUs + 20
     * @param withinBound whether the median is at most the bound
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sparse(
            Long plannedBytes,
            Long movedBytes,
            Long inPlaceBytes,
            Double s,
            Double denseUs,
            Double boundUs,
            Boolean withinBound) {}

    /**
     * What the drivers of all nodes counted during this line.
     *
     * @param loss share of the datagrams that was to be thrown away
     * @param dropped datagrams that were
     * @param naks requests to repeat data, by receivers
     * @param retransmits answers to those
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Network(Double loss, Long dropped, Long naks, Long retransmits) {
        Network minus(Network before) {
            return new Network(loss, dropped - before.dropped, naks - before.naks, retransmits - before.retransmits);
        }

        Network plus(Network other) {
            return new Network(loss, dropped + other.dropped, naks + other.naks, retransmits + other.retransmits);
        }
    }

    /** Median, 99th percentile and maximum of times, which are sorted by this. */
    static double[] quantilesUs(long[] timesNs) {
        Arrays.sort(timesNs);
        int last = timesNs.length - 1;
        int p99 = Math.min(last, (int) Math.ceil(0.99 * timesNs.length) - 1);
        return new double[] {
            timesNs[timesNs.length / 2] / NS_PER_US, timesNs[p99] / NS_PER_US, timesNs[last] / NS_PER_US
        };
    }

    BenchRow with(Network counted) {
        return new BenchRow(
                op, bytes, count, ranks, nodes, dtype, inPlace, transport, idle, lane, iters, p50Us, p99Us, maxUs,
                algbwGbs, busbwGbs, wrong, limitUs, sparse, counted);
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
