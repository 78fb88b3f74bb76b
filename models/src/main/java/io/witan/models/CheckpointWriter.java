package io.witan.models;

import io.witan.models.jiuzhang.refine.Draft;
import io.witan.models.jiuzhang.refine.DraftPrompt;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import java.util.Optional;

/** A text model of Witan as a writer of solutions: it goes on from the prompt, with its most probable tokens. One thread at a time. */
public final class CheckpointWriter implements SolutionWriter {
    private final TrainedModel model;
    private final int tokens;

    /**
     * @param model stays the caller's
     * @param tokens of a reply at most
     */
    public CheckpointWriter(TrainedModel model, int tokens) {
        this.model = model;
        this.tokens = tokens;
    }

    @Override
    public int callsAtOnce() {
        return 1;
    }

    /** A text model sees the end of a prompt that is longer than its positions: the problem and its draft. What it writes of a next problem is cut off. */
    @Override
    public String write(Draft draft) {
        String prompt = DraftPrompt.instruction(draft.language()) + "\n" + DraftPrompt.of(draft);
        String text = model.generate(new SampleConfig(prompt, tokens, 0, 0, Optional.empty()), 0);
        String reply = text.substring(Math.min(prompt.length(), text.length()));
        int next = DraftPrompt.nextProblem(draft.language(), reply);
        return next < 0 ? reply : reply.substring(0, next);
    }
}
