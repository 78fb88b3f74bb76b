package io.witan.runtime.moe.exchange;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.RowExchange;

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

    /** For a rank; flat where there is one node. */
    public RowExchange of(RankRuntime runtime) {
        if (runtime.topology().nodeCount() == 1) {
            return new FlatExchange(runtime.tokens());
        }
        return switch (this) {
            case DEDUPLICATED -> new DeduplicatedExchange(new FlatExchange(runtime.tokens()), transit(runtime));
            case FLAT -> new FlatExchange(runtime.tokens());
            case LEADER -> new LeaderExchange(runtime.tokens(), transit(runtime));
            case TWO_LEVEL -> new TwoLevelExchange(runtime.tokens(), transit(runtime));
        };
    }

    private static TransitMemory transit(RankRuntime runtime) {
        return new TransitMemory(
                runtime.exchange().transit(runtime.hostKernels().memory()));
    }
}
