package io.witan.runtime.train;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.Kernels;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.EntryChecksums;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainedTensors;
import io.witan.runtime.state.TrainingState;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * AdamW: dense parameters alike on every rank, experts on their owners. An expert that got no token in a step is left
 * alone, moments and update count too, as a parameter without gradient is elsewhere; so is all that is frozen. The first
 * update of a tensor begins with moments of zero, whatever an earlier phase left there.
 */
final class OwnerOptimizer {
    private final Kernels kernels;
    private final TrainingState state;
    private final List<MoeLayer> layers;
    private final TrainConfig config;
    private List<DenseRun> denseRuns;

    /** @param kernels on host memory, where the state lies */
    OwnerOptimizer(Kernels kernels, TrainableModel<?> model, TrainConfig config) {
        if (!kernels.memory().isHost()) {
            throw new IllegalArgumentException("the optimizer needs kernels on host memory, where the state lies");
        }
        this.kernels = kernels;
        this.state = model.state();
        this.layers = model.moeLayers();
        this.config = config;
    }

    /** @param runs of the dense region, by what is trained from now on */
    void denseRuns(List<DenseRun> runs) {
        denseRuns = runs;
    }

    /** Squared gradient norm of each expert that this rank owns, 0 for the others and frozen ones; layer by layer. */
    double[] expertSquares() {
        int experts =
                layers.isEmpty() ? 0 : layers.getFirst().experts().owners().expertCount();
        double[] squares = new double[layers.size() * experts];
        for (int l = 0; l < layers.size(); l++) {
            for (int e = 0; e < experts; e++) {
                StateEntry owned = state.expert(l, e);
                if (owned != null && isTrained(l, e) && layers.get(l).experts().hasGradients()) {
                    squares[l * experts + e] = kernels.vector()
                            .sumOfSquares(layers.get(l).experts().gradient(e), owned.count());
                }
            }
        }
        return squares;
    }

    private boolean isTrained(int layer, int expert) {
        return state.trained().includesExpert(layer, expert);
    }

    /** Squared norm of the dense gradients of what is trained, equal on all ranks once they are reduced. */
    double denseSquares() {
        double sum = 0;
        for (TrainedTensors.Range range : state.trained().ranges()) {
            sum += kernels.vector()
                    .sumOfSquares(part(state.denseGradient(), range.from(), range.count()), range.count());
        }
        return sum;
    }

    /**
     * Writes the next slot of every entry and makes it the active one.
     *
     * @param loads assignments of each expert in this step, layers x experts
     */
    void update(double learningRate, double gradientNorm, long[][] loads) {
        double scale = config.clipNorm() > 0 ? Math.min(1, config.clipNorm() / (gradientNorm + 1e-6)) : 1;
        updateDense(learningRate, scale);
        for (int l = 0; l < layers.size(); l++) {
            for (int e = 0; e < loads[l].length; e++) {
                StateEntry owned = state.expert(l, e);
                if (owned != null && isTrained(l, e) && loads[l][e] > 0) {
                    requireGradients(l);
                    owned.updates(owned.updates() + 1);
                    MemorySegment gradient = layers.get(l).experts().gradient(e);
                    long decayed = owned.decayedCount();
                    EntryChecksums checksums = state.checksums(owned);
                    AdamWKernel.Update decaying = rule(learningRate, config.weightDecay(), owned.updates(), scale);
                    step(owned, gradient, 0, decayed, decaying, checksums);
                    AdamWKernel.Update other = rule(learningRate, 0, owned.updates(), scale);
                    step(owned, gradient, decayed, owned.count(), other, checksums);
                    state.written(owned, checksums);
                } else if (owned != null) {
                    state.keep(owned);
                }
            }
        }
        state.flip();
    }

    private void requireGradients(int layer) {
        if (!layers.get(layer).experts().hasGradients()) {
            throw new IllegalStateException(
                    "MoE layer " + layer
                            + ": its experts are trained in this phase and tokens went forward through them, but no backward did");
        }
    }

    private void updateDense(double learningRate, double scale) {
        StateEntry dense = state.dense();
        dense.updates(dense.updates() + 1);
        MemorySegment gradient = state.denseGradient();
        EntryChecksums checksums = state.checksums(dense);
        for (DenseRun run : denseRuns) {
            if (run.trained()) {
                double decay = run.decayed() ? config.weightDecay() : 0;
                long updates = dense.updates() - run.updatesBefore();
                step(dense, gradient, run.from(), run.to(), rule(learningRate, decay, updates, scale), checksums);
            } else {
                state.keep(dense, run.from(), run.to() - run.from(), checksums);
            }
        }
        state.written(dense, checksums);
    }

    /** Updates elements from..to-1 of an entry, and takes the checksum of each block while it is in cache. */
    private void step(
            StateEntry entry,
            MemorySegment gradient,
            long from,
            long to,
            AdamWKernel.Update update,
            EntryChecksums checksums) {
        if (from == to) {
            return;
        }
        long count = to - from;
        AdamWKernel.State in = part(entry.slot(state.activeSlot()), from, count);
        AdamWKernel.State out = part(entry.slot(state.nextSlot()), from, count);
        if (update.step() == 1) {
            in = new AdamWKernel.State(in.parameter(), zero(out.firstMoment()), zero(out.secondMoment()));
        }
        MemorySegment own = part(gradient, from, count);
        kernels.adamW().step(in, own, out, count, update, (at, n) -> checksums.add(from + at, n));
    }

    private static MemorySegment zero(MemorySegment moments) {
        return moments.fill((byte) 0);
    }

    private AdamWKernel.Update rule(double learningRate, double weightDecay, long updates, double scale) {
        return new AdamWKernel.Update(
                (float) learningRate,
                (float) config.beta1(),
                (float) config.beta2(),
                (float) config.epsilon(),
                (float) weightDecay,
                updates,
                (float) scale);
    }

    private static AdamWKernel.State part(AdamWKernel.State state, long from, long count) {
        return new AdamWKernel.State(
                part(state.parameter(), from, count),
                part(state.firstMoment(), from, count),
                part(state.secondMoment(), from, count));
    }

    private static MemorySegment part(MemorySegment segment, long from, long count) {
        return segment.asSlice(from * Float.BYTES, count * Float.BYTES);
    }
}
