package io.witan.runtime.train;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.Kernels;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * AdamW: dense parameters alike on every rank, experts on their owners. An expert that got no token in a step is left
 * alone, moments and update count too, as a parameter without gradient is elsewhere.
 */
final class OwnerOptimizer {
    /** Elements that are updated together: enough for sixteen threads, and few enough to stay in a shared cache. */
    private static final long PIECE = 1 << 18;

    private final Kernels kernels;
    private final TrainingState state;
    private final List<MoeLayer> layers;
    private final TrainConfig config;

    OwnerOptimizer(Kernels kernels, TrainableModel<?> model, TrainConfig config) {
        this.kernels = kernels;
        this.state = model.state();
        this.layers = model.moeLayers();
        this.config = config;
    }

    /** Squared gradient norm of each expert that this rank owns, 0 for the others; layer by layer. */
    double[] expertSquares() {
        int experts =
                layers.isEmpty() ? 0 : layers.getFirst().experts().owners().expertCount();
        double[] squares = new double[layers.size() * experts];
        for (int l = 0; l < layers.size(); l++) {
            for (int e = 0; e < experts; e++) {
                StateEntry owned = state.expert(l, e);
                if (owned != null) {
                    squares[l * experts + e] = kernels.vector()
                            .sumOfSquares(layers.get(l).experts().gradient(e), owned.count());
                }
            }
        }
        return squares;
    }

    /** Squared norm of the dense gradients, equal on all ranks once they are reduced. */
    double denseSquares() {
        return kernels.vector()
                .sumOfSquares(state.denseGradient(), state.dense().count());
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
                if (owned != null && loads[l][e] > 0) {
                    owned.updates(owned.updates() + 1);
                    MemorySegment gradient = layers.get(l).experts().gradient(e);
                    long decayed = owned.decayedCount();
                    step(owned, gradient, 0, decayed, rule(learningRate, config.weightDecay(), owned.updates(), scale));
                    step(owned, gradient, decayed, owned.count(), rule(learningRate, 0, owned.updates(), scale));
                } else if (owned != null) {
                    state.keep(owned);
                }
            }
        }
        state.flip();
    }

    private void updateDense(double learningRate, double scale) {
        StateEntry dense = state.dense();
        dense.updates(dense.updates() + 1);
        long decayed = state.decayedCount();
        MemorySegment gradient = state.denseGradient();
        step(dense, gradient, 0, decayed, rule(learningRate, config.weightDecay(), dense.updates(), scale));
        step(dense, gradient, decayed, dense.count(), rule(learningRate, 0, dense.updates(), scale));
    }

    /** Updates elements from..to-1 of an entry; if commits are kept, piece by piece, each checksummed while it is in cache. */
    private void step(StateEntry entry, MemorySegment gradient, long from, long to, AdamWKernel.Update update) {
        long piece = state.keepsCommits() ? PIECE : to - from;
        for (long begin = from; begin < to; begin += piece) {
            long count = Math.min(piece, to - begin);
            kernels.adamW()
                    .step(
                            part(entry.slot(state.activeSlot()), begin, count),
                            part(gradient, begin, count),
                            part(entry.slot(state.nextSlot()), begin, count),
                            count,
                            update);
            state.written(entry, begin, count);
        }
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
