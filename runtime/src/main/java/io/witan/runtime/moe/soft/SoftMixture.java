package io.witan.runtime.moe.soft;

import io.witan.kernels.Kernels;
import io.witan.kernels.LinearKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.Order;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TokenRows;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * SoftMoE (Puigcerver et al. 2024, section 2.1), gate and order in one: nobody chooses. With h = x W^T over S = E p slots, each slot of a
 * sequence is the mixture of its tokens by softmax over these, and each token's output the mixture of all slots' outputs by softmax over
 * slots. Slots go to the experts like tokens that have chosen one. Every token depends on all others of its sequence: for encoders. (Without
 * the paper's optional normalisation of x and W.)
 */
public final class SoftMixture implements Gate, Order {
    private final Kernels kernels;
    private final LinearKernel linear;
    private final Order slotOrder;
    private final Parameter router;
    private final Size size;

    /**
     * @param experts E
     * @param slots p of an expert and sequence
     * @param width D
     * @param sequence tokens of a sequence; the last one of a batch may be shorter
     * @param sharding shards of an expert, to all of which its slots go
     */
    public record Size(int experts, int slots, int width, int sequence, int sharding) {
        int all() {
            return experts * slots;
        }
    }

    /**
     * @param slotOrder brings slots to where experts are
     * @param router [E p, D]
     */
    public SoftMixture(Kernels kernels, Order slotOrder, Parameter router, Size size) {
        this.kernels = kernels;
        this.linear = kernels.linear();
        this.slotOrder = slotOrder;
        this.router = router;
        this.size = size;
    }

    @Override
    public List<Parameter> matrices() {
        return List.of(router);
    }

    @Override
    public boolean isTrusted() {
        return true;
    }

    @Override
    public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        int slots = size.all();
        MemorySegment logits = arena.floats((long) tokens * slots);
        linear.forward(x, router.value(), logits, tokens, size.width, slots, 0);
        return new SoftRouted(kernels, router, size, x, tokens, logits, arena);
    }

    @Override
    public void order(MemorySegment x, Routed routed, TokenRows where, MemorySegment rows) {
        SoftRouted mixed = (SoftRouted) routed;
        MemorySegment slots = mixed.slotRows();
        mixed.eachSequence((tokens, ownSlots, count) -> linear.backwardWeight(
                mixed.matrix(mixed.mix, tokens, count),
                mixed.tokenRows(x, tokens, count),
                mixed.slotRows(slots, ownSlots),
                count,
                size.width,
                size.all(),
                0));
        slotOrder.order(slots, routed, where, rows);
    }

    @Override
    public void inverse(MemorySegment y, Routed routed, TokenRows where, MemorySegment out) {
        SoftRouted mixed = (SoftRouted) routed;
        mixed.output = mixed.zeroes(mixed.slotRows());
        slotOrder.inverse(y, routed, where, mixed.output);
        mixed.eachSequence((tokens, ownSlots, count) -> linear.backwardInput(
                mixed.matrix(mixed.share, tokens, count),
                mixed.slotRows(mixed.output, ownSlots),
                mixed.tokenRows(out, tokens, count),
                count,
                size.width,
                size.all(),
                1));
    }

    @Override
    public void inverseBackward(
            MemorySegment y,
            Routed routed,
            TokenRows where,
            MemorySegment dOut,
            MemorySegment dy,
            MemorySegment dWeight) {
        SoftRouted mixed = (SoftRouted) routed;
        MemorySegment dSlots = mixed.slotRows();
        mixed.dShare = mixed.arena.floats((long) mixed.layerTokens * size.all());
        mixed.eachSequence((tokens, ownSlots, count) -> {
            MemorySegment own = mixed.tokenRows(dOut, tokens, count);
            linear.backwardWeight(
                    mixed.matrix(mixed.share, tokens, count),
                    own,
                    mixed.slotRows(dSlots, ownSlots),
                    count,
                    size.width,
                    size.all(),
                    0);
            linear.forward(
                    own,
                    mixed.slotRows(mixed.output, ownSlots),
                    mixed.matrix(mixed.dShare, tokens, count),
                    count,
                    size.width,
                    size.all(),
                    0);
        });
        slotOrder.inverseBackward(y, routed, where, dSlots, dy, dWeight);
    }

    @Override
    public void orderBackward(MemorySegment dRows, Routed routed, TokenRows where, MemorySegment dx) {
        SoftRouted mixed = (SoftRouted) routed;
        MemorySegment dSlots = mixed.zeroes(mixed.slotRows());
        slotOrder.orderBackward(dRows, routed, where, dSlots);
        MemorySegment dMix = mixed.arena.floats((long) mixed.layerTokens * size.all());
        mixed.eachSequence((tokens, ownSlots, count) -> {
            MemorySegment d = mixed.slotRows(dSlots, ownSlots);
            linear.backwardInput(
                    mixed.matrix(mixed.mix, tokens, count),
                    d,
                    mixed.tokenRows(dx, tokens, count),
                    count,
                    size.width,
                    size.all(),
                    1);
            linear.forward(
                    mixed.tokenRows(mixed.x, tokens, count),
                    d,
                    mixed.matrix(dMix, tokens, count),
                    count,
                    size.width,
                    size.all(),
                    0);
        });
        mixed.addLogits(dMix, dx);
    }
}
