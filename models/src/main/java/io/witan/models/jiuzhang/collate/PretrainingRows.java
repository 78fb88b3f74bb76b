package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Optional;

/** Rows of a stage of pre-training: a question, a separator and its solution; understood or written with probability one half. */
public final class PretrainingRows {
    /** Where the second pass of a row that is checked goes. */
    public enum SecondSide {
        /** Drawn anew. */
        DRAWN,
        /** The one that the first pass was not on. */
        OPPOSITE
    }

    private final Vocabulary vocabulary;
    private final Masking masking;
    private final Stage stage;
    private final SecondSide secondSide;
    private final int mostTokens;

    /**
     * @param secondSide of rows that are checked
     * @param mostTokens of a text; words behind are cut off
     */
    public PretrainingRows(Vocabulary vocabulary, Stage stage, SecondSide secondSide, int mostTokens) {
        this.vocabulary = vocabulary;
        this.masking = new Masking(vocabulary);
        this.stage = stage;
        this.secondSide = secondSide;
        this.mostTokens = mostTokens;
    }

    /** A row of a problem. */
    public Row row(Problem problem, Draws draws) {
        Passage question = vocabulary.encode(problem.text()).cut(mostTokens);
        Passage solution = Passage.EMPTY;
        Passage text = question;
        if (!problem.solution().isEmpty() && question.length() + 1 < mostTokens) {
            Passage before = question.then(Passage.fixed(vocabulary.separator()));
            solution = vocabulary.encode(problem.solution()).cut(mostTokens - before.length());
            text = solution.words() == 0 ? question : before.then(solution);
        }
        if (draws.between(0, 1) == 0) {
            return checked(masking.masked(text, draws), draws);
        }
        if (stage != Stage.MASKED_DENOISING && draws.between(0, 1) == 0) {
            Optional<Passage> disorder = Disorder.of(solution, draws);
            if (disorder.isPresent()) {
                Passage before = question.then(Passage.fixed(vocabulary.separator()));
                return masking.written(Task.LOGIC, before.then(disorder.get()).tokens(), text);
            }
        }
        return checked(masking.denoised(text, draws), draws);
    }

    /** A row without a blank leaves nothing to check. */
    private Row checked(Row first, Draws draws) {
        if (stage != Stage.SOLUTION_CHECKING || first.blanks().length == 0) {
            return first;
        }
        boolean other = secondSide == SecondSide.OPPOSITE || draws.between(0, 1) == 0;
        return first.checked(other ? first.side().other() : first.side());
    }
}
