package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.network.LastTokenEncoder;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.LinearLayer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A dense reward model: r = w . h, with h the hidden state of the last token. A constant is left out: it is in both rewards of a pair. */
final class ValueModel {
    private final LastTokenEncoder encoder;
    private final LinearLayer value;
    private final int width;

    /**
     * @param value w [1, D]
     * @param width D
     */
    ValueModel(LastTokenEncoder encoder, LinearLayer value, int width) {
        this.encoder = encoder;
        this.value = value;
        this.width = width;
    }

    /** [pairs] reward of the first response less that of the second. */
    double[] differences(List<PreferencePair> pairs, StepArena arena) {
        TokenRows rows = TokenRows.ofResponses(pairs);
        MemorySegment last =
                encoder.encode(rows.ids(), rows.rows(), Pass.EVALUATE, arena).last();
        return PairRewards.differences(value.forward(last, 2 * pairs.size(), arena), pairs.size());
    }

    /**
     * Loss and all gradients.
     *
     * @param scale factor on the gradient
     * @return summed over pairs, in nats
     */
    double lossAndGradient(List<PreferencePair> pairs, Winner[] winners, float scale, StepArena arena) {
        int sequences = 2 * pairs.size();
        TokenRows rows = TokenRows.ofResponses(pairs);
        LastTokenEncoder.Encoded encoded = encoder.encode(rows.ids(), rows.rows(), Pass.TRAIN, arena);
        MemorySegment rewards = value.forward(encoded.last(), sequences, arena);
        PairwiseLoss loss = PairwiseLoss.of(PairRewards.differences(rewards, pairs.size()), winners);
        MemorySegment dRewards = PairRewards.gradient(loss, scale, arena);
        MemorySegment dLast = arena.floats((long) sequences * width);
        value.backwardInput(dRewards, dLast, sequences, 0);
        value.backwardWeight(dRewards, encoded.last(), sequences, arena);
        encoded.backward(dLast, arena);
        return loss.sum();
    }
}
