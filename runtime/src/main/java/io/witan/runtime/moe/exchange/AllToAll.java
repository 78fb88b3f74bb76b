package io.witan.runtime.moe.exchange;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.RowExchange;
import io.witan.runtime.moe.exchange.deduplicated.DeduplicatedExchange;
import io.witan.runtime.moe.exchange.hop.Hops;
import io.witan.runtime.moe.exchange.hop.TransitMemory;

/** Ways for rows between ranks, by name. */
public enum AllToAll {
    /** {@link DeduplicatedExchange}. */
    DEDUPLICATED,
    /** {@link FlatExchange}. */
    FLAT,
    /** {@link LeaderExchange}. */
    LEADER,
    /** {@link TwoLevelExchange}. */
    TWO_LEVEL;

    /**
     * For a rank and a layer; flat where there is one node.
     *
     * @param layer for the timeline
     */
    public RowExchange of(RankRuntime runtime, int layer) {
        FlatExchange flat = new FlatExchange(runtime.tokens());
        if (runtime.topology().nodeCount() == 1) {
            return flat;
        }
        Hops hops = new Hops(runtime, layer);
        TransitMemory memory = new TransitMemory(
                runtime.exchange().transit(runtime.hostKernels().memory()));
        return switch (this) {
            case DEDUPLICATED -> new DeduplicatedExchange(flat, runtime.tokens(), hops, memory);
            case FLAT -> flat;
            case LEADER -> new LeaderExchange(runtime, hops, memory);
            case TWO_LEVEL -> new TwoLevelExchange(runtime, hops, memory);
        };
    }
}
