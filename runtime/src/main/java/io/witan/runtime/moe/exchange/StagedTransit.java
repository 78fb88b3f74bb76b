package io.witan.runtime.moe.exchange;

import io.witan.collectives.Handle;
import io.witan.runtime.moe.RowExchange;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Supplier;

/** Rows on their way by several collective operations, one after the other. */
final class StagedTransit implements RowExchange.Transit {
    private final Queue<Supplier<Handle>> ahead;
    private final Runnable arrival;
    private Handle running;
    private boolean arrived;

    /**
     * @param stages each starts an operation with what the one before has brought; the first is started at once
     * @param arrival what is left to do after the last
     */
    StagedTransit(List<Supplier<Handle>> stages, Runnable arrival) {
        this.ahead = new ArrayDeque<>(stages);
        this.arrival = arrival;
        this.running = ahead.remove().get();
    }

    @Override
    public void advance() {
        if (!ahead.isEmpty()) {
            running.await();
            running = ahead.remove().get();
        }
    }

    @Override
    public boolean isReady() {
        return !ahead.isEmpty() || running.isDone();
    }

    @Override
    public void await() {
        if (arrived) {
            return;
        }
        while (!ahead.isEmpty()) {
            advance();
        }
        running.await();
        arrived = true;
        arrival.run();
    }
}
