package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import java.util.Arrays;

/** Inputs of fine-tuning: start, prompt, question and what follows it; the question is cut to the room that the rest leaves. */
final class Prompts {
    private final Vocabulary vocabulary;
    private final int mostTokens;

    /** @param mostTokens of an input behind its start */
    Prompts(Vocabulary vocabulary, int mostTokens) {
        this.vocabulary = vocabulary;
        this.mostTokens = mostTokens;
    }

    /** @param after stands behind the question whole */
    int[] input(Task task, String question, Passage after) {
        Passage prompt = vocabulary.encode(task.prompt());
        int room = mostTokens - prompt.length() - after.length();
        Passage all = Passage.fixed(vocabulary.start())
                .then(prompt)
                .then(vocabulary.encode(question).cut(room))
                .then(after);
        return all.tokens();
    }

    /** Whether at least half of the room is the question's, or it fits whole. */
    boolean fits(Task task, String question, Passage after) {
        int room = mostTokens - vocabulary.encode(task.prompt()).length() - after.length();
        return room >= Math.min(mostTokens / 2, vocabulary.encode(question).length());
    }

    /** A row that tells one label at the start. */
    Row labelled(Task task, int[] input, int label) {
        int[] targets = new int[input.length];
        Arrays.fill(targets, Row.IGNORED);
        targets[0] = label;
        return Row.understood(task, input, targets);
    }
}
