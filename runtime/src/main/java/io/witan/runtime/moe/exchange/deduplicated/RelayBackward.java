package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.kernels.PermuteKernel.CombineGradient;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.TokenDispatcher.Pieces;
import io.witan.runtime.moe.exchange.hop.Hop;
import io.witan.runtime.trace.Span;
import java.lang.foreign.MemorySegment;

/**
 * Backward of {@link RelayForward}: makes the gradients of the experts' outputs, adds up those of their inputs, and sends those of the
 * weights to the sources.
 */
final class RelayBackward implements RelayWork {
    private final Way way;
    private final RankRuntime runtime;
    private final RelayedRows relayed;
    private final Entries entries;
    private final MemorySegment y;
    /** [U, K] */
    private final MemorySegment dWeight;
    /** [r] as the sources number them. */
    private final MemorySegment relayedGradients;
    /** [n] in the order of sent rows. */
    private final MemorySegment weightGradients;

    private Hop returning;

    /**
     * @param y [r + 1, D] what experts answered in forward, and a row of zeroes, in host memory
     * @param sent n
     */
    RelayBackward(Way way, RelayedRows relayed, Entries entries, MemorySegment y, int sent) {
        this.way = way;
        this.runtime = way.runtime();
        this.relayed = relayed;
        this.entries = entries;
        this.y = y;
        this.dWeight = runtime.arena().floats((long) relayed.count() * relayed.choices());
        this.relayedGradients = runtime.arena().hostBytes((long) relayed.rows() * Float.BYTES);
        this.weightGradients = runtime.arena().hostBytes((long) sent * Float.BYTES);
    }

    @Override
    public RelayedRows relayed() {
        return relayed;
    }

    /** Merged rows make all rows that they stand for, also those of later pieces. */
    @Override
    public void spread(MemorySegment came, Pieces pieces, MemorySegment rows) {
        StepArena arena = runtime.arena();
        StepArena.Mark mark = arena.mark();
        MemorySegment dy = arena.mirror(rows);
        MemorySegment outputs = arena.toKernels(y);
        for (int s = 0; s < relayed.sources(); s++) {
            int begin = relayed.ofSource(s).needed(pieces.from());
            int count = relayed.ofSource(s).needed(pieces.to()) - begin;
            spread(came, relayed.mergedFrom(s) + begin, count, outputs, dy);
        }
        runtime.kernels().memory().copyOut(dy, rows, relayed.rows() * way.rowBytes());
        arena.release(mark);
    }

    private void spread(MemorySegment came, int from, int count, MemorySegment outputs, MemorySegment dy) {
        StepArena arena = runtime.arena();
        int choices = relayed.choices();
        int width = way.width();
        StepArena.Mark mark = arena.mark();
        MemorySegment dOut = arena.floats((long) count * width);
        MemorySegment own = arena.toKernels(came.asSlice(from * way.rowBytes(), count * way.rowBytes()));
        runtime.kernels().expertRows().sumByPosition(own, relayed.identity(), dOut, count, 1, width, 0);
        RelayedRows.Weighted of = relayed.asTheyCome().slice(from, count, choices);
        MemorySegment ownWeights =
                dWeight.asSlice((long) from * choices * Float.BYTES, (long) count * choices * Float.BYTES);
        runtime.kernels()
                .expertRows()
                .combineBackward(
                        new CombineGradient(outputs, of.position(), of.weight(), dOut, dy, ownWeights),
                        count,
                        choices,
                        width);
        arena.release(mark);
    }

    @Override
    public void spreadAll(Hop last) {
        returning = way.hops().between(last, this::returnWeights);
    }

    private Handle returnWeights(Communicator lane) {
        way.hops().work(Span.RELAY, this::orderWeights);
        return lane.allToAllV(
                relayedGradients, entries.atRelay(Float.BYTES), weightGradients, entries.atSource(Float.BYTES));
    }

    private void orderWeights() {
        StepArena arena = runtime.arena();
        StepArena.Mark mark = arena.mark();
        MemorySegment gradients = arena.toHost(dWeight);
        for (int row = 0; row < relayed.rows(); row++) {
            int place = relayed.place().getAtIndex(JAVA_INT, row);
            relayedGradients.setAtIndex(JAVA_FLOAT, row, gradients.getAtIndex(JAVA_FLOAT, place));
        }
        arena.release(mark);
    }

    /** Waits for the gradients [n] of the weights of this rank's rows, in sent order; in host memory. */
    MemorySegment weightGradients() {
        way.hops().await(returning);
        return weightGradients;
    }

    @Override
    public void sum(MemorySegment answers, int from, int count, MemorySegment sums) {
        RelayedRows.Weighted of = relayed.asTheyAreAnswered().slice(from, count, relayed.choices());
        runtime.kernels()
                .expertRows()
                .sumByPosition(answers, of.position(), sums, count, relayed.choices(), way.width(), 1);
    }
}
