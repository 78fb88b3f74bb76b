package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Topology;
import java.math.BigInteger;

/**
 * Measured speed of the links.
 *
 * @param intraNodeBytesPerSecond into one rank from ranks of its node
 * @param interNodeBytesPerSecond of a whole node's network card, one direction
 */
public record LinkSpeed(long intraNodeBytesPerSecond, long interNodeBytesPerSecond) {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** @throws IllegalArgumentException if a speed is below 1 */
    public LinkSpeed {
        if (intraNodeBytesPerSecond < 1 || interNodeBytesPerSecond < 1) {
            throw new IllegalArgumentException("link speed " + intraNodeBytesPerSecond + " B/s inside, "
                    + interNodeBytesPerSecond + " B/s between nodes, allowed 1 or more");
        }
    }

    /** What limits a sparse gather: the slower of the two links, or the only one there is. */
    public long bottleneckBytesPerSecond(Topology topology) {
        return topology.nodeCount() == 1
                ? intraNodeBytesPerSecond
                : Math.min(intraNodeBytesPerSecond, interNodeBytesPerSecond);
    }

    /** Nanoseconds that the bytes take at a speed, rounded down. */
    static long nsFor(long bytes, long bytesPerSecond) {
        return floorOfProduct(bytes, NS_PER_SECOND, bytesPerSecond);
    }

    /** Bytes that pass in a time, rounded down. */
    static long bytesIn(long ns, long bytesPerSecond) {
        return floorOfProduct(ns, bytesPerSecond, NS_PER_SECOND);
    }

    /** floor(a x b / divisor) without overflow in between, at most 2^63-1; arguments 0 or more. */
    static long floorOfProduct(long a, long b, long divisor) {
        if (Math.multiplyHigh(a, b) == 0 && a * b >= 0) {
            return a * b / divisor;
        }
        BigInteger exact = BigInteger.valueOf(a).multiply(BigInteger.valueOf(b)).divide(BigInteger.valueOf(divisor));
        return exact.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact();
    }
}
