package io.witan.runtime.moe.exchange.hop;

import io.witan.runtime.moe.RowExchange;
import io.witan.runtime.trace.Span;

/** Rows on their way by several hops. */
public final class HopTransit implements RowExchange.Transit {
    private final Hops hops;
    private final Hop last;
    private final Runnable arrival;
    private boolean arrived;

    /**
     * @param last hop
     * @param arrival what is left to do after it
     */
    public HopTransit(Hops hops, Hop last, Runnable arrival) {
        this.hops = hops;
        this.last = last;
        this.arrival = arrival;
    }

    @Override
    public void poll() {
        hops.poll();
    }

    @Override
    public void advance() {
        hops.start(last);
    }

    @Override
    public boolean isReady() {
        return last.isDone();
    }

    @Override
    public void await() {
        if (arrived) {
            return;
        }
        hops.await(last);
        arrived = true;
        hops.work(Span.ROWS, arrival);
    }
}
