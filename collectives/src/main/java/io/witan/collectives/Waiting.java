package io.witan.collectives;

import io.witan.collectives.engine.IdlePolicy;

/** The engine's rules for the ways to wait. */
final class Waiting {
    private static final int SPINS = 20;
    private static final int YIELDS = 200;

    private Waiting() {}

    static IdlePolicy of(Idle idle) {
        return switch (idle) {
            case SPIN -> new IdlePolicy(Integer.MAX_VALUE, 0);
            case YIELD -> new IdlePolicy(SPINS, Integer.MAX_VALUE);
            case BACKOFF -> new IdlePolicy(SPINS, YIELDS);
        };
    }
}
