package io.witan.collectives.engine;

import java.util.concurrent.locks.LockSupport;

/**
 * How a waiting thread passes its time: it spins, then yields, then sleeps.
 *
 * @param spins how often it looks again at once
 * @param yields how often it looks again after letting others run, before it sleeps between looks
 */
public record IdlePolicy(int spins, int yields) {
    private static final long PARK_NS = 20_000;

    /** @param idle how often in a row there was nothing to do */
    void pause(int idle) {
        if (idle == 0) {
            return;
        }
        if (idle < spins) {
            Thread.onSpinWait();
        } else if (idle - spins < yields) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NS);
        }
    }
}
