package io.witan.runtime.moe.exchange.hop;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Function;

/**
 * The hops of a layer's rows, on two lanes: between nodes, and inside them. Each starts when the one before it on its way is done and those
 * that were added to its lane before it have started, as soon as somebody asks. So lanes run beside each other, and every lane has the
 * same order on all ranks, whenever they ask.
 *
 * <p>Thread rule: the rank's training thread. All ranks add the same hops in the same order.
 */
public final class Hops {
    private final Lane between;
    private final Lane inside;
    private final Timeline timeline;
    private final int layer;

    record Lane(Communicator communicator, Queue<Hop> waiting) {}

    /** @param layer for the timeline */
    public Hops(RankRuntime runtime, int layer) {
        this.between = new Lane(runtime.tokens(), new ArrayDeque<>());
        this.inside = new Lane(runtime.inNode(), new ArrayDeque<>());
        this.timeline = runtime.timeline();
        this.layer = layer;
    }

    /**
     * Adds a hop between nodes, and starts it if nothing is before it.
     *
     * @param before null: nothing
     * @param start on a lane; what it does besides is not communication
     */
    public Hop between(Hop before, Function<Communicator, Handle> start) {
        return add(between, before, start);
    }

    /** As {@link #between}, inside the node. */
    public Hop inside(Hop before, Function<Communicator, Handle> start) {
        return add(inside, before, start);
    }

    private Hop add(Lane lane, Hop before, Function<Communicator, Handle> start) {
        Hop hop = new Hop(before, lane, start);
        lane.waiting.add(hop);
        startReady(lane);
        return hop;
    }

    /** Starts what waits for nothing any more. Does not block. */
    public void poll() {
        startReady(between);
        startReady(inside);
    }

    private void startReady(Lane lane) {
        for (Hop next = lane.waiting.peek(); next != null && isReady(next); next = lane.waiting.peek()) {
            lane.waiting.remove();
            if (next.before() != null) {
                next.before().handle().await();
            }
            long begin = timeline.begin();
            next.start();
            timeline.end(Span.SUBMIT, layer, Timeline.NONE, begin);
        }
    }

    private static boolean isReady(Hop hop) {
        return hop.before() == null || hop.before().isDone();
    }

    /** Waits until a hop could be started, and starts it. */
    public void start(Hop hop) {
        poll();
        while (!hop.isStarted()) {
            await(hop.lane().waiting.peek().before());
        }
    }

    /** Waits until a hop is done. */
    public void await(Hop hop) {
        start(hop);
        timeline.await(hop.handle(), Span.WAIT_TOKENS, layer, Timeline.NONE);
        poll();
    }

    /** Work on the way, which has its own time in the timeline. */
    public void work(Span span, Runnable work) {
        long begin = timeline.begin();
        work.run();
        timeline.end(span, layer, Timeline.NONE, begin);
    }
}
