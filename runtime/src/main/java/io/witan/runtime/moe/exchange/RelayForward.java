package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.Passage.Pieces;
import java.lang.foreign.MemorySegment;

/** Copies a token to its experts of the node, and adds up their weighted outputs. */
record RelayForward(RankRuntime runtime, RelayedRows relayed, int width) implements RelayWork {
    @Override
    public void spread(MemorySegment came, Pieces pieces, MemorySegment rows) {
        PermuteKernel permute = runtime.hostKernels().permute();
        long rowBytes = runtime.kernels().feedForward().format().bytes(width);
        int neighbours = runtime.topology().rankCount(runtime.topology().nodeOf(runtime.rank()));
        for (int target = 0; target < neighbours; target++) {
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
        runtime.kernels()
                .expertRows()
                .combine(answers, of.position(), of.weight(), sums, count, relayed.choices(), width);
    }
}
