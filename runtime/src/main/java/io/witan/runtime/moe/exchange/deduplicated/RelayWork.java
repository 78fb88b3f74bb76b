package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.runtime.moe.TokenDispatcher.Pieces;
import io.witan.runtime.moe.exchange.hop.Hop;
import java.lang.foreign.MemorySegment;

/** What a relay computes in one direction. U merged rows, r rows that they stand for, each of D elements in the experts' format. */
interface RelayWork {
    /** What it stands for. */
    RelayedRows relayed();

    /**
     * Makes the rows of some pieces, after what those need has come.
     *
     * @param came [U, D] in host memory
     * @param rows [r + 1, D] in host memory, out; contents of the last one do not matter
     */
    void spread(MemorySegment came, Pieces pieces, MemorySegment rows);

    /** The hop that follows the last {@link #spread} was added. */
    default void spreadAll(Hop last) {}

    /**
     * Adds up the rows of some answers to a source.
     *
     * @param answers [r + 1, D] in memory of the kernels, the last one zeroes
     * @param from first answer, of all sources' answers
     * @param sums [count, D] fp32, added to
     */
    void sum(MemorySegment answers, int from, int count, MemorySegment sums);
}
