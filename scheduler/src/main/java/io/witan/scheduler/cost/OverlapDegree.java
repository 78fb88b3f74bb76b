package io.witan.scheduler.cost;

/** How many experts can be gathered while the layer's attention computes (Hecate, section 4.2). */
public final class OverlapDegree {
    private OverlapDegree() {}

    /**
     * t = floor(time x bandwidth / bytes of an expert), at most the number of experts. All ranks must pass the same numbers
     * (the slowest rank's time), or they will plan differently.
     *
     * @param nonMoeNs forward time of the computation before the MoE layer
     * @param bytesPerSecond speed of the limiting link, see {@link LinkSpeed#bottleneckBytesPerSecond}
     * @param expertBytes parameters of one expert in the precision in which they travel
     * @return 0 (materialise nothing) .. expertCount
     * @throws IllegalArgumentException if the time is negative or another number below 1
     */
    public static int of(long nonMoeNs, long bytesPerSecond, long expertBytes, int expertCount) {
        if (nonMoeNs < 0 || bytesPerSecond < 1 || expertBytes < 1 || expertCount < 1) {
            throw new IllegalArgumentException(
                    "overlap degree of " + nonMoeNs + " ns, " + bytesPerSecond + " B/s, " + expertBytes
                            + " B an expert, " + expertCount + " experts: time must be 0 or more, the rest 1 or more");
        }
        return (int) Math.min(expertCount, LinkSpeed.bytesIn(nonMoeNs, bytesPerSecond) / expertBytes);
    }
}
