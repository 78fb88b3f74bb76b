package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Handle;
import io.witan.kernels.PermuteKernel.CombineGradient;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.Passage.Pieces;
import java.lang.foreign.MemorySegment;

/**
 * Backward of {@link RelayForward}: makes the gradients of the experts' outputs, adds up those of their inputs, and sends those of the
 * weights to the sources.
 */
final class RelayBackward implements RelayWork {
    private final MergedPassage passage;
    private final RankRuntime runtime;
    private final RelayedRows relayed;
    private final MemorySegment y;
    private final int width;
    private final long rowBytes;
    /** [U, K] */
    private final MemorySegment dWeight;
    /** [n] in the order of sent rows. */
    private final MemorySegment weightGradients;

    private Handle returning;

    /**
     * @param y [r + 1, D] what experts answered in forward, and a row of zeroes, in host memory
     * @param width D
     */
    RelayBackward(MergedPassage passage, MemorySegment y, int width) {
        this.passage = passage;
        this.runtime = passage.runtime();
        this.relayed = passage.relayed();
        this.y = y;
        this.width = width;
        this.rowBytes = runtime.kernels().feedForward().format().bytes(width);
        this.dWeight = runtime.arena().floats((long) relayed.count() * relayed.choices());
        this.weightGradients =
                runtime.arena().hostBytes((long) passage.assignments().sent() * Float.BYTES);
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
        runtime.kernels().memory().copyOut(dy, rows, relayed.rows() * rowBytes);
        arena.release(mark);
        if (pieces.to() == passage.assignments().pieces()) {
            returnWeights();
        }
    }

    private void spread(MemorySegment came, int from, int count, MemorySegment outputs, MemorySegment dy) {
        StepArena arena = runtime.arena();
        int choices = relayed.choices();
        StepArena.Mark mark = arena.mark();
        MemorySegment dOut = arena.floats((long) count * width);
        MemorySegment own = arena.toKernels(came.asSlice(from * rowBytes, count * rowBytes));
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

    private void returnWeights() {
        StepArena arena = runtime.arena();
        MemorySegment gradients = arena.toHost(dWeight);
        MemorySegment sent = arena.hostBytes((long) relayed.rows() * Float.BYTES);
        for (int row = 0; row < relayed.rows(); row++) {
            int place = relayed.place().getAtIndex(JAVA_INT, row);
            sent.setAtIndex(JAVA_FLOAT, row, gradients.getAtIndex(JAVA_FLOAT, place));
        }
        returning = runtime.tokens()
                .allToAllV(sent, passage.atRelay(Float.BYTES), weightGradients, passage.atSource(Float.BYTES));
    }

    /** Waits for the gradients [n] of the weights of this rank's rows, in sent order; in host memory. */
    MemorySegment weightGradients() {
        returning.await();
        return weightGradients;
    }

    @Override
    public void sum(MemorySegment answers, int from, int count, MemorySegment sums) {
        RelayedRows.Weighted of = relayed.asTheyAreAnswered().slice(from, count, relayed.choices());
        runtime.kernels().expertRows().sumByPosition(answers, of.position(), sums, count, relayed.choices(), width, 1);
    }
}
