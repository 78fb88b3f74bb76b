package io.witan.benchmarks.collectives;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * What the memory of the machine can do at most, when all ranks of a node are at it at once.
 *
 * @param points by ascending length
 */
record MemoryLimits(List<Point> points) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Medians for one working set: bytes of the source, which lies in a peer's memory, and as many in the own. */
    record Point(long bytes, double copyUs, double addUs) {}

    MemoryLimits {
        points = List.copyOf(points);
    }

    /** The time of these bytes; between two measured lengths the time of a byte changes as the logarithm of the length. */
    double us(LeastWork work) {
        return time(work.copied(), false) + time(work.added(), true);
    }

    private double time(long bytes, boolean adds) {
        if (bytes == 0) {
            return 0;
        }
        int next = 0;
        while (next < points.size() - 1 && points.get(next).bytes() < bytes) {
            next++;
        }
        Point above = points.get(next);
        Point below = points.get(Math.max(0, next - 1));
        double way = below == above
                ? 0
                : Math.log((double) bytes / below.bytes()) / Math.log((double) above.bytes() / below.bytes());
        return bytes * (each(below, adds) + (each(above, adds) - each(below, adds)) * Math.clamp(way, 0, 1));
    }

    private static double each(Point point, boolean adds) {
        return (adds ? point.addUs() : point.copyUs()) / point.bytes();
    }

    String json() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @throws IllegalArgumentException if it was not made by {@link #json} */
    static MemoryLimits fromJson(String json) {
        try {
            return MAPPER.readValue(json, MemoryLimits.class);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not the limits of a machine: " + json, broken);
        }
    }
}
