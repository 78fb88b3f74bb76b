package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.LayerExperts;
import java.util.ArrayList;
import java.util.List;

/** Measures {@link MeasuredCosts}; a second or two, whatever the model. */
public final class CostProfiler {
    /** Kernels are compiled while they warm up. */
    private static final long WARM_NS = 250_000_000;

    private static final int WARM_CALLS = 3;
    private static final long ENOUGH_NS = 500_000_000;
    private static final int MOST_CALLS = 9;
    private static final long LONG_CALL_NS = 2_000_000_000;

    /** Speed of a link that there is not: nothing ever waits for it. */
    private static final long NO_LINK_BYTES_PER_SECOND = 1_000_000_000_000L;

    private static final long PS_PER_NS = 1000;

    private final LayerWork work;
    private final LinkTimes links;

    /**
     * @param layer of the run, between steps; its experts are copied and given up again
     * @param expertBytes of one of them
     */
    public CostProfiler(RankRuntime runtime, LayerWork work, LayerExperts layer, long expertBytes) {
        this.work = work;
        this.links = new LinkTimes(runtime, layer, expertBytes);
    }

    /** The same on every rank. All ranks together. */
    public MeasuredCosts measure() {
        long attentionPs = medianPs(() -> {
            work.forwardAttention();
            return 1;
        });
        work.bringExperts();
        long expertPs = medianPs(work::forwardExperts);
        work.dropExperts();
        long[] slowest = links.slowest(new long[] {attentionPs / PS_PER_NS, expertPs});
        LinkTimes.Link inside = links.measure(LinkTimes.Way.INSIDE_NODES);
        LinkTimes.Link between = links.measure(LinkTimes.Way.BETWEEN_NODES);
        long startUpNs = Math.max(startUp(inside), startUp(between));
        return new MeasuredCosts(
                Figures.roundUp(slowest[0]),
                Figures.roundUp(slowest[1]),
                Figures.roundUp(startUpNs),
                Figures.roundDown(speed(inside == null ? between : inside)),
                Figures.roundDown(speed(between == null ? inside : between)));
    }

    private static long startUp(LinkTimes.Link link) {
        return link == null ? 0 : link.startUpNs();
    }

    private static long speed(LinkTimes.Link link) {
        return link == null ? NO_LINK_BYTES_PER_SECOND : link.bytesPerSecond();
    }

    private interface Call {
        /** Returns how many pieces of work it did. */
        int run();
    }

    /** Warm picoseconds of a piece of work; 0 if there is none. */
    private static long medianPs(Call call) {
        long begin = System.nanoTime();
        long last = 0;
        for (int i = 0; i < WARM_CALLS || System.nanoTime() - begin < WARM_NS; i++) {
            long called = System.nanoTime();
            if (call.run() == 0) {
                return 0;
            }
            last = System.nanoTime() - called;
            if (last > LONG_CALL_NS) {
                break;
            }
        }
        List<Long> times = new ArrayList<>();
        begin = System.nanoTime();
        while (times.isEmpty() || times.size() < MOST_CALLS && System.nanoTime() - begin + last < ENOUGH_NS) {
            long called = System.nanoTime();
            int pieces = call.run();
            times.add((System.nanoTime() - called) * PS_PER_NS / pieces);
        }
        return Figures.median(times.stream().mapToLong(Long::longValue).toArray());
    }
}
