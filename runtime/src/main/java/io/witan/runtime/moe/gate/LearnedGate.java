package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.AuxiliaryLosses;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.routing.ImposedChoice;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A gate of four parts: logits, what they are worth, who chooses, and how much an expert takes. Its gradient asks which experts were
 * chosen and what their weights are, not why. Weights are those of before the capacity: what a dropped assignment weighed is not given to
 * the others.
 */
final class LearnedGate implements Gate {
    private final MoeConfig config;
    private final Logits logits;
    private final Scores scores;
    private final Optional<Selection> selection;
    private final Optional<Capacity> capacity;
    private final Optional<LoadBias> bias;
    private Optional<Selection> imposed = Optional.empty();

    /**
     * @param selection empty: the best by score
     * @param capacity empty: no assignment is dropped for want of room
     * @param bias that {@code selection} counts; empty: none
     */
    LearnedGate(
            MoeConfig config,
            Logits logits,
            Scores scores,
            Optional<Selection> selection,
            Optional<Capacity> capacity,
            Optional<LoadBias> bias) {
        this.config = config;
        this.logits = logits;
        this.scores = scores;
        this.selection = selection;
        this.capacity = capacity;
        this.bias = bias;
    }

    @Override
    public List<Parameter> matrices() {
        return logits.matrices();
    }

    @Override
    public void impose(ImposedChoice choice) {
        imposed = Optional.of(new ImposedSelection(choice));
    }

    @Override
    public void endStep(long[] load) {
        bias.ifPresent(learns -> learns.observe(load));
    }

    @Override
    public double[] memory() {
        return bias.map(LoadBias::values).orElseGet(() -> new double[0]);
    }

    @Override
    public void restore(double[] memory) {
        if (bias.isPresent() && memory.length > 0) {
            bias.get().restore(memory);
        } else {
            Gate.super.restore(memory);
        }
    }

    @Override
    public boolean isTrusted() {
        return true;
    }

    @Override
    public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        Logits.Projected projected = logits.project(x, tokens, pass, context, arena);
        GateKernel.Shape shape = new GateKernel.Shape(tokens, config.experts(), config.topK());
        Scored scored = scores.score(projected.values(), shape, arena);
        Optional<Selection> chooses = pass != Pass.EVALUATE && imposed.isPresent() ? imposed : selection;
        if (chooses.isEmpty() && capacity.isEmpty()) {
            MemorySegment best = scored.saved().expert();
            return new Decided(projected, scored, new Experts(best, best, false), arena);
        }
        Scored host = scored.toHost(arena);
        Selection.Choice choice =
                chooses.map(selects -> selects.choose(host, context)).orElseGet(() -> best(host));
        Scored chosen = chooses.isEmpty() ? scored : weighed(scored, host, choice, arena);
        boolean mayDrop =
                capacity.isPresent() || chooses.map(Selection::leavesGaps).orElse(false);
        MemorySegment wanted = ids(choice, new boolean[choice.expert().length], arena);
        MemorySegment kept = capacity.map(limit -> ids(choice, limit.dropped(host, choice), arena))
                .orElse(wanted);
        return new Decided(projected, chosen, new Experts(kept, wanted, mayDrop), arena);
    }

    private static Selection.Choice best(Scored host) {
        int topK = host.shape().topK();
        int[] expert = new int[host.shape().tokens() * topK];
        MemorySegment.copy(host.saved().expert(), JAVA_INT, 0, expert, 0, expert.length);
        return new Selection.Choice(topK, expert);
    }

    /** With the chosen experts and their weights; where there is none another expert of weight 0. */
    private Scored weighed(Scored scored, Scored host, Selection.Choice choice, StepArena arena) {
        int most = choice.choices();
        MemorySegment expert = arena.hostInts(choice.expert().length);
        MemorySegment weight = arena.hostBytes((long) choice.expert().length * Float.BYTES);
        weight.fill((byte) 0);
        int[] ids = new int[most];
        double[] weights = new double[most];
        for (int t = 0; t < host.shape().tokens(); t++) {
            int count = 0;
            while (count < most && choice.expert()[t * most + count] != Selection.Choice.NONE) {
                count++;
            }
            if (count != ids.length) {
                ids = new int[count];
                weights = new double[count];
            }
            System.arraycopy(choice.expert(), t * most, ids, 0, count);
            scores.weigh(host, t, ids, weights);
            for (int k = 0; k < count; k++) {
                expert.setAtIndex(JAVA_INT, (long) t * most + k, ids[k]);
                weight.setAtIndex(JAVA_FLOAT, (long) t * most + k, (float) weights[k]);
            }
            fill(expert, ids, (long) t * most, most);
        }
        return scored.with(arena.toKernels(expert), arena.toKernels(weight), most);
    }

    /** Experts that the token has not chosen, as kernels take all of a token's to differ. */
    private static void fill(MemorySegment expert, int[] chosen, long first, int most) {
        int next = 0;
        for (int k = chosen.length; k < most; k++) {
            while (contains(chosen, next)) {
                next++;
            }
            expert.setAtIndex(JAVA_INT, first + k, next++);
        }
    }

    private static boolean contains(int[] chosen, int expert) {
        for (int id : chosen) {
            if (id == expert) {
                return true;
            }
        }
        return false;
    }

    /** [T, K] int32: E for what is dropped, and for none. */
    private MemorySegment ids(Selection.Choice choice, boolean[] dropped, StepArena arena) {
        MemorySegment expert = arena.hostInts(dropped.length);
        for (int i = 0; i < dropped.length; i++) {
            int id = choice.expert()[i];
            expert.setAtIndex(JAVA_INT, i, dropped[i] || id == Selection.Choice.NONE ? config.experts() : id);
        }
        return arena.toKernels(expert);
    }

    /** As {@link Routed} shows them. */
    private record Experts(MemorySegment kept, MemorySegment wanted, boolean mayDrop) {}

    private final class Decided implements Routed {
        private final Logits.Projected projected;
        private final Scored scored;
        private final Experts experts;
        private final StepArena arena;

        Decided(Logits.Projected projected, Scored scored, Experts experts, StepArena arena) {
            this.projected = projected;
            this.scored = scored;
            this.experts = experts;
            this.arena = arena;
        }

        @Override
        public int tokens() {
            return scored.shape().tokens();
        }

        @Override
        public int choices() {
            return scored.shape().topK();
        }

        @Override
        public MemorySegment expert() {
            return experts.kept;
        }

        @Override
        public MemorySegment wanted() {
            return experts.wanted;
        }

        @Override
        public MemorySegment weight() {
            return scored.saved().weight();
        }

        @Override
        public boolean mayDrop() {
            return experts.mayDrop;
        }

        @Override
        public AuxiliaryLosses losses(long[] load, StepContext context) {
            StepArena.Mark mark = arena.mark();
            AuxiliaryLosses losses = scores.losses(scored.scoresToHost(arena), load, context.tokens());
            arena.release(mark);
            return losses;
        }

        @Override
        public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context) {
            int count = config.experts();
            MemorySegment balance = arena.hostBytes((long) count * Float.BYTES);
            long assignments = Arrays.stream(load).sum();
            for (int e = 0; e < count; e++) {
                double share = assignments == 0 ? 0 : (double) load[e] / assignments;
                balance.setAtIndex(JAVA_FLOAT, e, (float) (config.auxLoss() * count * share / context.tokens()));
            }
            float zScale = (float) (config.zLoss() / context.tokens());
            int tokens = scored.shape().tokens();
            MemorySegment dLogits = arena.floats((long) tokens * count);
            scores.backward(scored, dWeight, arena.toKernels(balance), zScale, dLogits, arena);
            MemorySegment dx = arena.floats((long) tokens * config.width());
            projected.backward(dLogits, dx, 0);
            return dx;
        }
    }
}
