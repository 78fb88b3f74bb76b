package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.CollectiveException;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/** What a layer may expect of a gate that is not ours. */
final class RoutedCheck {
    private final Gate gate;
    private final int layer;
    private final int rank;
    private final MoeConfig config;
    private final int experts;

    RoutedCheck(Gate gate, int layer, int rank, MoeConfig config) {
        this.gate = gate;
        this.layer = layer;
        this.rank = rank;
        this.config = config;
        this.experts = gate instanceof Order ? config.shards() : config.experts();
    }

    /**
     * Weights that are no numbers are the gate's fault only if its input was: what a step that overflowed brings passes, as the loss
     * shows it.
     *
     * @param x [T, D]
     * @throws MoeLayerException with the first thing that is wrong
     */
    void check(Routed routed, MemorySegment x, int tokens, StepArena arena) {
        if (gate.isTrusted()) {
            return;
        }
        if (routed == null || routed.expert() == null || routed.wanted() == null || routed.weight() == null) {
            throw failure("it returned null");
        }
        if (!(gate instanceof Order) && routed.tokens() != tokens) {
            throw failure(routed.tokens() + " tokens were routed, the layer has " + tokens);
        }
        long assignments = (long) routed.tokens() * routed.choices();
        if (routed.choices() < 1
                || routed.expert().byteSize() != assignments * Integer.BYTES
                || routed.wanted().byteSize() != assignments * Integer.BYTES
                || routed.weight().byteSize() != assignments * Float.BYTES) {
            throw failure(routed.tokens() + " tokens with " + routed.choices() + " choices need " + assignments
                    + " experts, wanted experts and weights, got "
                    + routed.expert().byteSize() / Integer.BYTES + ", "
                    + routed.wanted().byteSize() / Integer.BYTES + " and "
                    + routed.weight().byteSize() / Float.BYTES);
        }
        StepArena.Mark mark = arena.mark();
        checkIds(routed, arena.toHost(routed.expert()), assignments);
        checkIds(routed, arena.toHost(routed.wanted()), assignments);
        long broken = firstNotFinite(arena.toHost(routed.weight()), assignments);
        if (broken >= 0 && firstNotFinite(arena.toHost(x), (long) tokens * config.width()) < 0) {
            throw failure("weight " + broken % routed.choices() + " of token " + broken / routed.choices()
                    + " is not a finite number, though all inputs are");
        }
        arena.release(mark);
    }

    private void checkIds(Routed routed, MemorySegment expert, long assignments) {
        int largest = routed.mayDrop() ? experts : experts - 1;
        for (long i = 0; i < assignments; i++) {
            int id = expert.getAtIndex(JAVA_INT, i);
            if (id < 0 || id > largest) {
                throw failure(
                        "token " + i / routed.choices() + " goes to expert " + id + ", allowed are 0.." + largest);
            }
        }
    }

    private static long firstNotFinite(MemorySegment values, long count) {
        for (long i = 0; i < count; i++) {
            if (!Float.isFinite(values.getAtIndex(JAVA_FLOAT, i))) {
                return i;
            }
        }
        return -1;
    }

    /** What the gate answers. Verdicts of collectives pass as they are. */
    <T> T ask(Supplier<T> question) {
        try {
            return question.get();
        } catch (CollectiveException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new MoeLayerException(layer, stage(), rank, e.toString(), e);
        }
    }

    /** @param dx [T, D] of the gate's backward */
    MemorySegment checkGradient(MemorySegment dx, int tokens) {
        long bytes = (long) tokens * config.width() * Float.BYTES;
        if (dx == null || dx.byteSize() < bytes) {
            throw failure(
                    "backward returned " + (dx == null ? "null" : dx.byteSize() + " bytes") + ", needed are " + bytes);
        }
        return dx;
    }

    private MoeLayerException failure(String problem) {
        return new MoeLayerException(layer, stage(), rank, problem, null);
    }

    private String stage() {
        return "gate " + gate.getClass().getSimpleName();
    }
}
