package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Collection;
import java.util.List;

/** The knowledge point of a question on one level of its route, told at the start of the row. */
public final class KnowledgePoints implements FineTuningTask {
    private final Levels levels;
    private final LabelSet labels;
    private final Prompts prompts;

    /**
     * Levels of routes, from 1.
     *
     * @param english of English problems
     * @param chinese of Chinese ones
     */
    public record Levels(int english, int chinese) {
        /** The knowledge point of a problem; empty: it has none on this level. */
        public String of(Problem problem) {
            return problem.knowledgePoint(problem.language() == Language.ENGLISH ? english : chinese);
        }

        /** All knowledge points of problems, in the order of their names. */
        public List<String> names(Collection<Problem> problems) {
            return problems.stream()
                    .map(this::of)
                    .filter(name -> !name.isEmpty())
                    .distinct()
                    .sorted()
                    .toList();
        }
    }

    /** @param vocabulary has labels of {@link Task#KNOWLEDGE} */
    public KnowledgePoints(Vocabulary vocabulary, Levels levels, int mostTokens) {
        this.levels = levels;
        this.labels = vocabulary.labels(Task.KNOWLEDGE.title());
        this.prompts = new Prompts(vocabulary, mostTokens);
    }

    @Override
    public Task task() {
        return Task.KNOWLEDGE;
    }

    @Override
    public boolean takes(Problem problem) {
        return labels.contains(levels.of(problem));
    }

    @Override
    public Row row(Problem problem, Draws draws) {
        return row(problem);
    }

    /** The row of a problem, which leaves nothing to draw. */
    public Row row(Problem problem) {
        int[] input = prompts.input(task(), problem.text(), Passage.EMPTY);
        return prompts.labelled(task(), input, labels.id(levels.of(problem)));
    }

    public LabelSet labels() {
        return labels;
    }
}
