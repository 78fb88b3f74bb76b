package io.witan.runtime.moe.soft;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/** The slots of a rank's tokens, as tokens that have chosen one expert each, or all shards of one. */
final class SoftRouted implements Routed {
    private final Kernels kernels;
    private final Parameter router;
    private final SoftMixture.Size size;
    final MemorySegment x;
    final int layerTokens;
    private final int sequences;
    /** [T, S]: softmax over the tokens of a sequence. */
    final MemorySegment mix;
    /** [T, S]: softmax over slots. */
    final MemorySegment share;

    final StepArena arena;
    private final MemorySegment expert;
    private final MemorySegment weight;
    /** [sequences S, D] of forward. */
    MemorySegment output;

    MemorySegment dShare;

    /**
     * @param x [T, D]
     * @param logits [T, S]
     */
    SoftRouted(
            Kernels kernels,
            Parameter router,
            SoftMixture.Size size,
            MemorySegment x,
            int tokens,
            MemorySegment logits,
            StepArena arena) {
        this.kernels = kernels;
        this.router = router;
        this.size = size;
        this.x = x;
        this.layerTokens = tokens;
        this.sequences = Math.ceilDiv(tokens, size.sequence());
        this.arena = arena;
        int slots = size.all();
        MemorySegment h = arena.toHost(logits);
        MemorySegment overTokens = arena.hostBytes((long) tokens * slots * Float.BYTES);
        MemorySegment overSlots = arena.hostBytes((long) tokens * slots * Float.BYTES);
        eachSequence((from, _, count) -> {
            for (int s = 0; s < slots; s++) {
                Softmax.forward(h, overTokens, new Softmax.Line((long) from * slots + s, slots, count));
            }
        });
        for (int t = 0; t < tokens; t++) {
            Softmax.forward(h, overSlots, new Softmax.Line((long) t * slots, 1, slots));
        }
        this.mix = arena.toKernels(overTokens);
        this.share = arena.toKernels(overSlots);
        int all = sequences * size.all() * size.sharding();
        MemorySegment experts = arena.hostInts(all);
        MemorySegment ones = arena.hostBytes((long) all * Float.BYTES);
        for (int i = 0; i < all; i++) {
            int chosen = i / size.sharding() % size.all() / size.slots();
            experts.setAtIndex(JAVA_INT, i, chosen * size.sharding() + i % size.sharding());
            ones.setAtIndex(JAVA_FLOAT, i, 1);
        }
        this.expert = arena.toKernels(experts);
        this.weight = arena.toKernels(ones);
    }

    /** With the first token and the first slot of a sequence, and its number of tokens. */
    interface OfSequence {
        void accept(int firstToken, int firstSlot, int tokens);
    }

    void eachSequence(OfSequence action) {
        for (int g = 0; g < sequences; g++) {
            int from = g * size.sequence();
            action.accept(from, g * size.all(), Math.min(layerTokens - from, size.sequence()));
        }
    }

    MemorySegment slotRows() {
        return arena.floats((long) sequences * size.all() * size.width());
    }

    MemorySegment zeroes(MemorySegment rows) {
        kernels.vector().zero(rows, rows.byteSize() / Float.BYTES);
        return rows;
    }

    MemorySegment slotRows(MemorySegment all, int firstSlot) {
        return rows(all, firstSlot, size.all(), size.width());
    }

    MemorySegment tokenRows(MemorySegment all, int firstToken, int count) {
        return rows(all, firstToken, count, size.width());
    }

    MemorySegment matrix(MemorySegment all, int firstToken, int count) {
        return rows(all, firstToken, count, size.all());
    }

    private static MemorySegment rows(MemorySegment all, int first, int count, int cols) {
        return all.asSlice((long) first * cols * Float.BYTES, (long) count * cols * Float.BYTES);
    }

    /** Through both softmaxes to the logits, and from there to x and the router. */
    void addLogits(MemorySegment dMix, MemorySegment dx) {
        int slots = size.all();
        MemorySegment dLogits = arena.hostBytes((long) layerTokens * slots * Float.BYTES);
        dLogits.fill((byte) 0);
        MemorySegment mixed = arena.toHost(mix);
        MemorySegment d = arena.toHost(dMix);
        eachSequence((from, _, count) -> {
            for (int s = 0; s < slots; s++) {
                Softmax.backward(mixed, d, dLogits, new Softmax.Line((long) from * slots + s, slots, count));
            }
        });
        MemorySegment shared = arena.toHost(share);
        MemorySegment dShared = arena.toHost(dShare);
        for (int t = 0; t < layerTokens; t++) {
            Softmax.backward(shared, dShared, dLogits, new Softmax.Line((long) t * slots, 1, slots));
        }
        MemorySegment dh = arena.toKernels(dLogits);
        kernels.linear().backwardInput(dh, router.value(), dx, layerTokens, size.width(), slots, 1);
        kernels.linear().backwardWeight(dh, x, router.gradient(), layerTokens, size.width(), slots, 1);
    }

    @Override
    public int tokens() {
        return sequences * size.all();
    }

    @Override
    public int choices() {
        return size.sharding();
    }

    @Override
    public MemorySegment expert() {
        return expert;
    }

    @Override
    public MemorySegment weight() {
        return weight;
    }

    @Override
    public boolean mayDrop() {
        return false;
    }

    /** All of it is in {@link SoftMixture#orderBackward}. */
    @Override
    public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context) {
        return zeroes(arena.floats((long) layerTokens * size.width()));
    }
}
