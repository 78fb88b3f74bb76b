package io.witan.models.dmoerm.network;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import java.lang.foreign.MemorySegment;

/**
 * The adapters of a block: experts that add to its queries and to its values, chosen by the capability point that is a row's task. In a forward queries
 * come first, in a backward values.
 */
public record Adapters(MoeLayer queries, MoeLayer values) {
    /** Starts to copy what the step materialises. */
    public void begin() {
        queries.beginMaterialise();
        values.beginMaterialise();
    }

    /**
     * @param n [T, D]
     * @param q [T, D], adds what the adapters give
     * @param context with the point of each sequence of these rows
     */
    public MoeLayer.Saved addToQueries(
            MemorySegment n, MemorySegment q, int tokens, Pass pass, StepContext context, StepArena arena) {
        MoeLayer.Saved saved = queries.forward(n, q, tokens, pass, context, arena);
        queries.experts().endForward();
        return saved;
    }

    /** Likewise to v. */
    public MoeLayer.Saved addToValues(
            MemorySegment n, MemorySegment v, int tokens, Pass pass, StepContext context, StepArena arena) {
        return values.forward(n, v, tokens, pass, context, arena);
    }

    /** Another block's turn comes before this one's backward, or none follows. */
    public void endForward() {
        values.experts().endForward();
    }

    /** @return [T, D] gradient of n, in the arena */
    public MemorySegment backwardOfValues(
            MoeLayer.Saved saved, MemorySegment dV, StepContext context, StepArena arena) {
        queries.beginMaterialise();
        return backward(values, saved, dV, context, arena);
    }

    /** Likewise, after that of values. */
    public MemorySegment backwardOfQueries(
            MoeLayer.Saved saved, MemorySegment dQ, StepContext context, StepArena arena) {
        return backward(queries, saved, dQ, context, arena);
    }

    private static MemorySegment backward(
            MoeLayer layer, MoeLayer.Saved saved, MemorySegment dOut, StepContext context, StepArena arena) {
        layer.beginMaterialise();
        MemorySegment dN = layer.backward(saved, dOut, context, arena);
        layer.experts().endBackward(context);
        if (context.isLastMicroBatch()) {
            layer.experts().beginReduce();
        }
        return dN;
    }
}
