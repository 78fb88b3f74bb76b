package io.witan.runtime.train;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.TrainingState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Sums the gradients of dense parameters over ranks: piece by piece behind the backward that goes on, on the lane that yields to tokens and experts, and the
 * rest when it is over. A sum has the same bits in any piece. With a device everything is summed at the end, as it must be fetched first.
 *
 * <p>Thread rule: the rank's training thread.
 */
final class DenseReduction implements GradientProgress {
    /** Shorter pieces wait for the end, where they lie side by side. */
    private static final long LEAST_BYTES = 1 << 16;

    private final RankRuntime runtime;
    private final TrainingState state;
    private final List<ParameterSpec> tensors;
    /** Offset of each tensor in the flat gradient, in bytes; in the last place the end. */
    private final long[] offsets;

    private final List<Handle> running = new ArrayList<>();
    /** Tensors whose sum was begun. */
    private final BitSet begun = new BitSet();

    DenseReduction(RankRuntime runtime, TrainingState state) {
        this.runtime = runtime;
        this.state = state;
        this.tensors = state.dense().tensors();
        this.offsets = new long[tensors.size() + 1];
        for (int i = 0; i < tensors.size(); i++) {
            offsets[i + 1] = offsets[i] + tensors.get(i).count() * Float.BYTES;
        }
    }

    @Override
    public void complete(List<Parameter> parameters) {
        if (runtime.size() == 1 || !runtime.kernels().memory().isHost()) {
            return;
        }
        BitSet complete = new BitSet();
        parameters.forEach(parameter -> complete.set(tensors.indexOf(parameter.spec())));
        begin(complete, LEAST_BYTES);
    }

    /** Begins what was not said to be complete, and waits for all. */
    void finish() {
        state.fetchGradient();
        BitSet all = new BitSet();
        all.set(0, tensors.size());
        begin(all, 0);
        running.forEach(Handle::await);
        running.clear();
        begun.clear();
    }

    private void begin(BitSet wanted, long leastBytes) {
        Communicator lane = runtime.gradients();
        lane.mark(state.activeStep(), -1);
        wanted.andNot(begun);
        for (int from = wanted.nextSetBit(0); from >= 0; ) {
            int to = wanted.nextClearBit(from);
            long bytes = offsets[to] - offsets[from];
            if (bytes >= leastBytes) {
                running.add(lane.allReduce(state.denseGradient().asSlice(offsets[from], bytes)));
                begun.set(from, to);
            }
            from = wanted.nextSetBit(to);
        }
    }
}
