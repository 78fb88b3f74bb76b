package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.exchange.hop.Hops;
import io.witan.runtime.moe.exchange.hop.TransitMemory;

/**
 * What all rows of a layer go by.
 *
 * @param memory of rows between two hops
 * @param width D
 */
record Way(RankRuntime runtime, Relays relays, Hops hops, TransitMemory memory, int width) {
    /** Of a row in the experts' format, in which alone rows can be added up. */
    long rowBytes() {
        return runtime.kernels().feedForward().format().bytes(width);
    }
}
