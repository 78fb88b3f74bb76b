package io.witan.collectives;

import java.util.Map;

/**
 * What goes wrong in an {@link InMemoryNetwork}. Every choice is drawn from the seed, one generator a link and stream.
 *
 * @param loss share of frames of which a copy is lost on the way and sent again; below 1
 * @param maxDelayPolls a frame arrives after up to this many looks of its receiver
 * @param reorder share of frames that are overtaken on the way (and put in order again on arrival)
 * @param duplicate share of frames that arrive twice (the second is dropped on arrival)
 * @param frameBytes longest payload of a frame; small ones give faults more to do
 * @param diesAfter rank to the number of data frames that it sends before its transport breaks for good
 * @param muteAfter rank to the number of data frames after which its data vanishes, unrecovered, while it stays alive
 * @param slowConsumers rank to the number of looks at a stream for one frame taken from it
 */
public record FaultPlan(
        long seed,
        double loss,
        int maxDelayPolls,
        double reorder,
        double duplicate,
        int frameBytes,
        Map<Integer, Long> diesAfter,
        Map<Integer, Long> muteAfter,
        Map<Integer, Integer> slowConsumers) {
    private static final int DEFAULT_FRAME_BYTES = 256;

    public FaultPlan {
        requireShare("loss", loss);
        requireShare("reorder", reorder);
        requireShare("duplicate", duplicate);
        if (maxDelayPolls < 0 || frameBytes < 1) {
            throw new IllegalArgumentException(
                    "maxDelayPolls " + maxDelayPolls + " must be at least 0, frameBytes " + frameBytes + " at least 1");
        }
        diesAfter = Map.copyOf(diesAfter);
        muteAfter = Map.copyOf(muteAfter);
        slowConsumers = Map.copyOf(slowConsumers);
    }

    /** Nothing goes wrong yet. */
    public static FaultPlan seeded(long seed) {
        return new FaultPlan(seed, 0, 0, 0, 0, DEFAULT_FRAME_BYTES, Map.of(), Map.of(), Map.of());
    }

    /** Frames are lost, delayed, overtaken and doubled, and all of it is recovered. */
    public FaultPlan unreliable(double loss, int maxDelayPolls, double reorder, double duplicate) {
        return new FaultPlan(
                seed, loss, maxDelayPolls, reorder, duplicate, frameBytes, diesAfter, muteAfter, slowConsumers);
    }

    public FaultPlan withFrameBytes(int bytes) {
        return new FaultPlan(seed, loss, maxDelayPolls, reorder, duplicate, bytes, diesAfter, muteAfter, slowConsumers);
    }

    /** The rank dies, as if killed, instead of sending one more data frame than that. */
    public FaultPlan withDeath(int rank, long dataFrames) {
        return with(Map.of(rank, dataFrames), muteAfter, slowConsumers);
    }

    /** What the rank sends after that many data frames vanishes; its control frames still arrive. */
    public FaultPlan withBlackhole(int rank, long dataFrames) {
        return with(diesAfter, Map.of(rank, dataFrames), slowConsumers);
    }

    /** The rank takes one frame of a stream in that many looks. */
    public FaultPlan withSlowConsumer(int rank, int looksPerFrame) {
        return with(diesAfter, muteAfter, Map.of(rank, looksPerFrame));
    }

    /** Nobody dies, falls silent or is slow; what goes wrong else is drawn anew. */
    FaultPlan withoutDeaths(long salt) {
        return new FaultPlan(
                seed ^ salt, loss, maxDelayPolls, reorder, duplicate, frameBytes, Map.of(), Map.of(), Map.of());
    }

    private FaultPlan with(Map<Integer, Long> deaths, Map<Integer, Long> blackholes, Map<Integer, Integer> slow) {
        return new FaultPlan(seed, loss, maxDelayPolls, reorder, duplicate, frameBytes, deaths, blackholes, slow);
    }

    private static void requireShare(String name, double share) {
        if (!(share >= 0 && share < 1)) {
            throw new IllegalArgumentException(name + " " + share + " is not a share in [0, 1)");
        }
    }
}
