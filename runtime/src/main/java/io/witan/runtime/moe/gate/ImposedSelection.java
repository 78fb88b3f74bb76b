package io.witan.runtime.moe.gate;

import io.witan.runtime.engine.StepContext;
import io.witan.runtime.routing.ImposedChoice;

/** Puts an imposed choice of experts in the place of the gate's; the weights are the gate's own for those experts. */
record ImposedSelection(ImposedChoice choice) implements Selection {
    @Override
    public boolean leavesGaps() {
        return false;
    }

    @Override
    public Choice choose(Scored scored, StepContext context) {
        int topK = scored.shape().topK();
        int[] expert = new int[scored.shape().tokens() * topK];
        int[] chosen = new int[topK];
        for (int t = 0; t < scored.shape().tokens(); t++) {
            choice.choose(context.step(), context.firstToken() + t, chosen);
            System.arraycopy(chosen, 0, expert, t * topK, topK);
        }
        return new Choice(topK, expert);
    }
}
