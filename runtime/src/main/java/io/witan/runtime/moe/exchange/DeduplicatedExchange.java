package io.witan.runtime.moe.exchange;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.Order;
import io.witan.runtime.moe.Passage;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.RowExchange;
import io.witan.runtime.moe.TokenRows;
import io.witan.runtime.moe.order.SortOrder;
import java.lang.foreign.MemorySegment;

/**
 * A token that goes to several experts of a node crosses the network once (HierMoE, DeepEP): to the rank of that node that has the sender's
 * place, which spreads it inside, and answers with the sum of its experts' weighted outputs; and so in backward. Sums of a token are
 * by node first. Rows that nobody knows to be alike go straight.
 */
public final class DeduplicatedExchange implements RowExchange {
    private final FlatExchange straight;
    private final TransitMemory memory;

    DeduplicatedExchange(FlatExchange straight, TransitMemory memory) {
        this.straight = straight;
        this.memory = memory;
    }

    @Override
    public Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        return straight.start(from, counts, to, rowBytes);
    }

    @Override
    public Passage open(RankRuntime runtime, Order order, Routed routed, TokenRows rows) {
        if (!(order instanceof SortOrder copying)) {
            throw new IllegalArgumentException("deduplicated exchange: order "
                    + order.getClass().getSimpleName() + ", allowed is SortOrder, whose rows are copies of tokens");
        }
        return new MergedPassage(runtime, memory, copying.width(), routed, rows);
    }
}
