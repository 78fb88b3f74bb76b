package io.witan.runtime.moe.order;

import io.witan.kernels.ExpertRowsKernel;
import io.witan.kernels.PermuteKernel;
import io.witan.runtime.moe.Order;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/** Gathers and scatters by index (the order of Tutel): nothing but the rows themselves moves. */
public final class SortOrder implements Order {
    private final ExpertRowsKernel kernel;
    private final int width;

    /** @param width D */
    public SortOrder(ExpertRowsKernel kernel, int width) {
        this.kernel = kernel;
        this.width = width;
    }

    /** D */
    public int width() {
        return width;
    }

    @Override
    public void order(MemorySegment x, Routed routed, TokenRows where, MemorySegment rows) {
        kernel.gather(x, where.sendToken(), rows, where.sent(), width);
    }

    @Override
    public void inverse(MemorySegment y, Routed routed, TokenRows where, MemorySegment out) {
        kernel.combine(y, where.position(), routed.weight(), out, where.tokens(), routed.choices(), width);
    }

    @Override
    public void inverseBackward(
            MemorySegment y,
            Routed routed,
            TokenRows where,
            MemorySegment dOut,
            MemorySegment dy,
            MemorySegment dWeight) {
        kernel.combineBackward(
                new PermuteKernel.CombineGradient(y, where.position(), routed.weight(), dOut, dy, dWeight),
                where.tokens(),
                routed.choices(),
                width);
    }

    @Override
    public void orderBackward(MemorySegment dRows, Routed routed, TokenRows where, MemorySegment dx) {
        kernel.sumByPosition(dRows, where.position(), dx, where.tokens(), routed.choices(), width, 1);
    }
}
