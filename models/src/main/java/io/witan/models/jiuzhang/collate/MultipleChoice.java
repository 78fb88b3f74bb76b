package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which option is right: each stands behind its letter in the input. At the start the right one itself is told if all options are one token each, and not the same, otherwise
 * its letter: what an option is needs no knowledge of where it stands.
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
        int[] input = prompts.input(task, problem.text(), after(problem));
        return prompts.labelled(task, input, options(problem)[problem.right()]);
    }

    /** Ids that stand for the options of a problem, in their order. */
    public int[] options(Problem problem) {
        List<Passage> options = encoded(problem);
        boolean single = options.stream().allMatch(option -> option.length() == 1)
                && options.stream()
                                .mapToInt(option -> option.tokens()[0])
                                .distinct()
                                .count()
                        == options.size();
        return IntStream.range(0, options.size())
                .map(i -> single ? options.get(i).tokens()[0] : labels.firstId() + i)
                .toArray();
    }

    private List<Passage> encoded(Problem problem) {
        return problem.options().stream().map(vocabulary::encode).toList();
    }

    private Passage after(Problem problem) {
        List<Passage> options = encoded(problem);
        Passage all = Passage.fixed(vocabulary.separator());
        for (int option = 0; option < options.size(); option++) {
            all = all.then(Passage.fixed(labels.firstId() + option)).then(options.get(option));
        }
        return all;
    }

    public LabelSet labels() {
        return labels;
    }
}
