package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.moe.TokenDispatcher.Pieces;
import java.lang.foreign.MemorySegment;

/** Copies a token to its experts of the node, and adds up their weighted outputs. */
record RelayForward(Way way, RelayedRows relayed) implements RelayWork {
    @Override
    public void spread(MemorySegment came, Pieces pieces, MemorySegment rows) {
        PermuteKernel permute = way.runtime().hostKernels().permute();
        long rowBytes = way.rowBytes();
        for (int target = 0; target < way.relays().neighbours(); target++) {
            int from = relayed.rowFrom(target, pieces.from());
            int count = relayed.rowFrom(target, pieces.to()) - from;
            permute.gatherRows(
                    came,
                    relayed.merged().asSlice(from * JAVA_INT.byteSize(), count * JAVA_INT.byteSize()),
                    rows.asSlice(from * rowBytes, count * rowBytes),
                    count,
                    (int) (rowBytes / Integer.BYTES));
        }
    }

    @Override
    public void sum(MemorySegment answers, int from, int count, MemorySegment sums) {
        RelayedRows.Weighted of = relayed.asTheyAreAnswered().slice(from, count, relayed.choices());
        way.runtime()
                .kernels()
                .expertRows()
                .combine(answers, of.position(), of.weight(), sums, count, relayed.choices(), way.width());
    }
}
