package io.witan.runtime.moe.order;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.Kernels;
import io.witan.kernels.LinearKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.Order;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/**
 * Multiplies by masks (the order of GShard): rows = M x with M [n, T] one where row and token meet, out = W^T y with the weights in their
 * place. It takes n T D multiplications for what {@link SortOrder} copies; it is here to be compared with.
 */
public final class EinsumOrder implements Order {
    private final LinearKernel linear;
    private final StepArena arena;
    private final int width;

    /**
     * @param width D
     * @throws IllegalArgumentException if experts do not take fp32
     */
    public EinsumOrder(Kernels kernels, StepArena arena, int width) {
        ElementFormat format = kernels.feedForward().format();
        if (format != ElementFormat.FP32) {
            throw new IllegalArgumentException("einsum order: experts take " + format + ", allowed is FP32");
        }
        this.linear = kernels.linear();
        this.arena = arena;
        this.width = width;
    }

    @Override
    public void order(MemorySegment x, Routed routed, TokenRows where, MemorySegment rows) {
        linear.backwardInput(mask(routed, where, null), x, rows, where.sent(), width, where.tokens(), 0);
    }

    @Override
    public void inverse(MemorySegment y, Routed routed, TokenRows where, MemorySegment out) {
        MemorySegment weights = mask(routed, where, arena.toHost(routed.weight()));
        linear.backwardWeight(weights, y, out, where.sent(), width, where.tokens(), 1);
    }

    @Override
    public void inverseBackward(
            MemorySegment y,
            Routed routed,
            TokenRows where,
            MemorySegment dOut,
            MemorySegment dy,
            MemorySegment dWeight) {
        MemorySegment weights = mask(routed, where, arena.toHost(routed.weight()));
        linear.backwardInput(weights, dOut, dy, where.sent(), width, where.tokens(), 0);
        MemorySegment dMask = arena.floats((long) where.sent() * where.tokens());
        linear.forward(y, dOut, dMask, where.sent(), width, where.tokens(), 0);
        pick(arena.toHost(dMask), routed, where, dWeight);
    }

    @Override
    public void orderBackward(MemorySegment dRows, Routed routed, TokenRows where, MemorySegment dx) {
        linear.backwardWeight(mask(routed, where, null), dRows, dx, where.sent(), width, where.tokens(), 1);
    }

    /** @param weight [T, K] in host memory; null: ones */
    private MemorySegment mask(Routed routed, TokenRows where, MemorySegment weight) {
        MemorySegment mask = arena.hostBytes((long) where.sent() * where.tokens() * Float.BYTES);
        mask.fill((byte) 0);
        MemorySegment position = arena.toHost(where.position());
        for (int i = 0; i < where.tokens() * routed.choices(); i++) {
            int row = position.getAtIndex(JAVA_INT, i);
            if (row < where.sent()) {
                long at = (long) row * where.tokens() + i / routed.choices();
                mask.setAtIndex(JAVA_FLOAT, at, weight == null ? 1 : weight.getAtIndex(JAVA_FLOAT, i));
            }
        }
        return arena.toKernels(mask);
    }

    private void pick(MemorySegment dMask, Routed routed, TokenRows where, MemorySegment dWeight) {
        int assignments = where.tokens() * routed.choices();
        MemorySegment picked = arena.hostBytes((long) assignments * Float.BYTES);
        MemorySegment position = arena.toHost(where.position());
        for (int i = 0; i < assignments; i++) {
            int row = position.getAtIndex(JAVA_INT, i);
            boolean dropped = row >= where.sent();
            long at = (long) row * where.tokens() + i / routed.choices();
            picked.setAtIndex(JAVA_FLOAT, i, dropped ? 0 : dMask.getAtIndex(JAVA_FLOAT, at));
        }
        arena.copy(arena.toKernels(picked), dWeight, picked.byteSize());
    }
}
