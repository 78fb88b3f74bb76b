package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.List;

/** Which option is right: each stands behind its letter in the input, and the letter of the right one is told at the start. */
public final class MultipleChoice implements FineTuningTask {
    /** Letters of options. */
    public static final List<String> LETTERS = List.of("A", "B", "C", "D", "E", "F", "G", "H");

    private final Vocabulary vocabulary;
    private final LabelSet labels;
    private final Prompts prompts;

    /** @param vocabulary has {@link #LETTERS} as labels of {@link Task#CHOICE} */
    public MultipleChoice(Vocabulary vocabulary, int mostTokens) {
        this.vocabulary = vocabulary;
        this.labels = vocabulary.labels(Task.CHOICE.title());
        this.prompts = new Prompts(vocabulary, mostTokens);
    }

    @Override
    public Task task() {
        return Task.CHOICE;
    }

    /** With two and more options. */
    @Override
    public boolean takes(Problem problem) {
        int count = problem.options().size();
        return count >= 2 && count <= labels.names().size() && prompts.fits(task(), problem.text(), options(problem));
    }

    @Override
    public Row row(Problem problem, Draws draws) {
        return row(problem);
    }

    /** The row of a problem, which leaves nothing to draw. */
    public Row row(Problem problem) {
        int[] input = prompts.input(task(), problem.text(), options(problem));
        return prompts.labelled(task(), input, labels.firstId() + problem.right());
    }

    private Passage options(Problem problem) {
        Passage all = Passage.fixed(vocabulary.separator());
        for (int option = 0; option < problem.options().size(); option++) {
            all = all.then(Passage.fixed(labels.firstId() + option))
                    .then(vocabulary.encode(problem.options().get(option)));
        }
        return all;
    }

    public LabelSet labels() {
        return labels;
    }
}
