package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.scheduler.fit.LinearFit;
import java.util.ArrayList;
import java.util.List;

/** Measures {@link MeasuredCosts}; a few seconds, whatever the model, and up to ten more until its kernels are compiled. */
public final class CostProfiler {
    private static final long ENOUGH_NS = 500_000_000;
    /** However long they take: one alone may have been interrupted. */
    private static final int LEAST_CALLS = 3;

    private static final int MOST_CALLS = 9;
    private static final long EXPERTS_NS = 3_000_000_000L;

    /** Speed of a link that there is not: nothing ever waits for it. */
    private static final long NO_LINK_BYTES_PER_SECOND = 1_000_000_000_000L;

    private static final double PS_PER_MS = 1e9;

    private final RankRuntime runtime;
    private final LayerWork work;
    private final LinkTimes links;

    /**
     * @param layer of the run, between steps; its experts are copied and given up again
     * @param expertBytes of one of them
     */
    public CostProfiler(RankRuntime runtime, LayerWork work, LayerExperts layer, long expertBytes) {
        this.runtime = runtime;
        this.work = work;
        this.links = new LinkTimes(runtime, layer, expertBytes);
    }

    /** The same on every rank. All ranks together. */
    public MeasuredCosts measure() {
        work.bringExperts();
        ExpertTimes experts = new ExpertTimes(runtime, work, new Sampler(runtime, System::nanoTime));
        new WarmUp(runtime, System::nanoTime).layer(work, experts, WarmUp.MOST_NS);
        long attentionNs = Slowest.of(runtime, attentionNs())[0];
        long expertPs = expertPs(experts);
        work.dropExperts();
        LinkTimes.Link inside = links.measure(LinkTimes.Way.INSIDE_NODES);
        LinkTimes.Link between = links.measure(LinkTimes.Way.BETWEEN_NODES);
        long startUpNs = Math.max(startUp(inside), startUp(between));
        return new MeasuredCosts(
                Figures.roundUp(attentionNs),
                Figures.roundUp(expertPs),
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

    /** Of an assignment where a rank has its mean share of them, by the line of a {@link io.witan.scheduler.fit.LayerProfile}. */
    private long expertPs(ExpertTimes experts) {
        LinearFit forward = experts.forward(EXPERTS_NS);
        return (long) (forward.time().ms(work.assignments()) * PS_PER_MS / work.assignments());
    }

    /** Warm. */
    private long attentionNs() {
        List<Long> times = new ArrayList<>();
        long begin = System.nanoTime();
        long last = 0;
        while (times.size() < LEAST_CALLS
                || times.size() < MOST_CALLS && System.nanoTime() - begin + last < ENOUGH_NS) {
            last = callNs();
            times.add(last);
        }
        return Figures.median(times.stream().mapToLong(Long::longValue).toArray());
    }

    private long callNs() {
        long called = System.nanoTime();
        work.forwardAttention();
        return System.nanoTime() - called;
    }
}
