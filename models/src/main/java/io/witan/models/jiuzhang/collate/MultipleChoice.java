package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.List;

/**
 * Which option is right: each stands behind its letter in the input, and the letter of the right one is told at the start. If
 * all options are one token, the right one is also told, at a mask behind the question: the result before it is looked for.
 */
public final class MultipleChoice implements FineTuningTask {
    /** Letters of options. */
    public static final List<String> LETTERS = List.of("A", "B", "C", "D", "E", "F", "G", "H");

    private final Task task;
    private final Vocabulary vocabulary;
    private final LabelSet labels;
    private final Prompts prompts;

    /**
     * @param task whose prompt is used; all have the same labels
     * @param vocabulary has {@link #LETTERS} as labels of {@link Task#CHOICE}
     */
    public MultipleChoice(Task task, Vocabulary vocabulary, int mostTokens) {
        this.task = task;
        this.vocabulary = vocabulary;
        this.labels = vocabulary.labels(Task.CHOICE.title());
        this.prompts = new Prompts(vocabulary, mostTokens);
    }

    @Override
    public Task task() {
        return task;
    }

    /** With two and more options. */
    @Override
    public boolean takes(Problem problem) {
        int count = problem.options().size();
        return count >= 2 && count <= labels.names().size() && prompts.fits(task, problem.text(), after(problem));
    }

    @Override
    public Row row(Problem problem, Draws draws) {
        return row(problem);
    }

    /** The row of a problem, which leaves nothing to draw. */
    public Row row(Problem problem) {
        Passage after = after(problem);
        int[] input = prompts.input(task, problem.text(), after);
        Row row = prompts.labelled(task, input, labels.firstId() + problem.right());
        if (after.tokens()[1] != vocabulary.mask()) {
            return row;
        }
        int[] targets = row.targets().clone();
        targets[input.length - after.length() + 1] =
                vocabulary.encode(problem.options().get(problem.right())).tokens()[0];
        return Row.understood(task, input, targets);
    }

    private Passage after(Problem problem) {
        List<Passage> options =
                problem.options().stream().map(vocabulary::encode).toList();
        Passage all = Passage.fixed(vocabulary.separator());
        // What the right option is made of must not say whether there is a mask.
        if (options.stream().allMatch(option -> option.length() == 1)) {
            all = all.then(Passage.fixed(vocabulary.mask()));
        }
        for (int option = 0; option < options.size(); option++) {
            all = all.then(Passage.fixed(labels.firstId() + option)).then(options.get(option));
        }
        return all;
    }

    public LabelSet labels() {
        return labels;
    }
}
