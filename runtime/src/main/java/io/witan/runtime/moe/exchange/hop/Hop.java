package io.witan.runtime.moe.exchange.hop;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import java.util.function.Function;

/** One collective operation of rows that take several; {@link Hops} starts it. */
public final class Hop {
    private final Hop before;
    private final Hops.Lane lane;
    private Function<Communicator, Handle> start;
    private Handle handle;

    Hop(Hop before, Hops.Lane lane, Function<Communicator, Handle> start) {
        this.before = before;
        this.lane = lane;
        this.start = start;
    }

    /** What has to be done first; null: nothing. */
    Hop before() {
        return before;
    }

    Hops.Lane lane() {
        return lane;
    }

    boolean isStarted() {
        return handle != null;
    }

    boolean isDone() {
        return isStarted() && handle.isDone();
    }

    void start() {
        handle = start.apply(lane.communicator());
        start = null;
    }

    /** Once started. */
    Handle handle() {
        return handle;
    }
}
