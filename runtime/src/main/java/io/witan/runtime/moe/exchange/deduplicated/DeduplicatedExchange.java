package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.collectives.Communicator;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.Order;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.RowExchange;
import io.witan.runtime.moe.TokenDispatcher;
import io.witan.runtime.moe.TokenRows;
import io.witan.runtime.moe.exchange.hop.Hops;
import io.witan.runtime.moe.exchange.hop.TransitMemory;
import io.witan.runtime.moe.order.SortOrder;
import java.lang.foreign.MemorySegment;

/**
 * A token that goes to several experts of a node crosses the network once (HierMoE, DeepEP): to the rank of that node that has the sender's
 * place, which spreads it inside, and answers with the sum of its experts' weighted outputs; and so in backward. Sums of a token are
 * by node first. Rows that nobody knows to be alike go straight.
 */
public final class DeduplicatedExchange implements RowExchange {
    private final RowExchange straight;
    private final Relays relays;
    private final Hops hops;
    private final TransitMemory memory;

    /**
     * @param straight for rows that may all be others
     * @param ranks all
     */
    public DeduplicatedExchange(RowExchange straight, Communicator ranks, Hops hops, TransitMemory memory) {
        this.straight = straight;
        this.relays = new Relays(ranks.topology(), ranks.rank());
        this.hops = hops;
        this.memory = memory;
    }

    @Override
    public Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes) {
        return straight.start(from, counts, to, rowBytes);
    }

    @Override
    public void require(Order order) {
        if (!(order instanceof SortOrder)) {
            throw new IllegalArgumentException("order " + order.getClass().getSimpleName()
                    + ", allowed is SortOrder, whose rows are copies of tokens");
        }
    }

    @Override
    public boolean addsUp() {
        return true;
    }

    @Override
    public TokenDispatcher open(RankRuntime runtime, Order order, Routed routed, TokenRows rows) {
        require(order);
        Way way = new Way(runtime, relays, hops, memory, ((SortOrder) order).width());
        return new DeduplicatedDispatcher(way, routed, rows);
    }
}
