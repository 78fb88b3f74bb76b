package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Arrays;

/** The solution, a separator and the answer are written; the answer alone where no solution is known. */
public final class AnswerGeneration implements FineTuningTask {
    private final Vocabulary vocabulary;
    private final Prompts prompts;
    private final int mostTokens;

    /** @param mostTokens of the question with its prompt, and of what is written */
    public AnswerGeneration(Vocabulary vocabulary, int mostTokens) {
        this.vocabulary = vocabulary;
        this.prompts = new Prompts(vocabulary, mostTokens);
        this.mostTokens = mostTokens;
    }

    @Override
    public Task task() {
        return Task.ANSWER;
    }

    /** Open questions whose solution and answer fit whole. */
    @Override
    public boolean takes(Problem problem) {
        return problem.options().isEmpty() && written(problem).length() <= mostTokens;
    }

    @Override
    public Row row(Problem problem, Draws draws) {
        return row(problem);
    }

    /** The row of a problem, which leaves nothing to draw. */
    public Row row(Problem problem) {
        Passage text = written(problem);
        int[] written = Arrays.copyOf(text.tokens(), text.length() + 1);
        written[text.length()] = vocabulary.end();
        int[] input = prompts.input(task(), problem.text(), Passage.EMPTY);
        return Row.generated(task(), input, vocabulary.start(), written);
    }

    /** A row that tells nothing, of a question and a way to its answer, half of the room each at most. */
    public Row known(String question, String solution) {
        Passage after = solution.isEmpty()
                ? Passage.EMPTY
                : Passage.fixed(vocabulary.separator())
                        .then(vocabulary.encode(solution).cut(mostTokens / 2 - 1));
        int[] input = prompts.input(task(), question, after);
        int[] targets = new int[input.length];
        Arrays.fill(targets, Row.IGNORED);
        return Row.understood(task(), input, targets);
    }

    private Passage written(Problem problem) {
        Passage answer = vocabulary.encode(problem.answer());
        return problem.solution().isEmpty()
                ? answer
                : vocabulary
                        .encode(problem.solution())
                        .then(Passage.fixed(vocabulary.separator()))
                        .then(answer);
    }

    /** The text of the answer in what was written: behind the last separator, or all of it; up to the end. */
    public String answer(int[] written) {
        int[] text = untilEnd(written);
        return vocabulary.decode(Arrays.copyOfRange(text, answerAt(text), text.length));
    }

    /** The text of the solution in what was written: before the last separator; empty if there is none. */
    public String solution(int[] written) {
        int[] text = untilEnd(written);
        return vocabulary.decode(Arrays.copyOf(text, Math.max(0, answerAt(text) - 1)));
    }

    private int answerAt(int[] text) {
        int from = text.length;
        while (from > 0 && text[from - 1] != vocabulary.separator()) {
            from--;
        }
        return from;
    }

    /** Tokens of a question with its prompt, and of what is written, at most. */
    public int mostTokens() {
        return mostTokens;
    }

    /** What was written before the end. */
    public int[] untilEnd(int[] written) {
        int end = 0;
        while (end < written.length && written[end] != vocabulary.end()) {
            end++;
        }
        return Arrays.copyOf(written, end);
    }
}
