package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.AnswerGeneration;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.refine.ExampleSource;
import io.witan.models.jiuzhang.refine.Neighbours;
import io.witan.models.jiuzhang.refine.Solution;
import io.witan.models.jiuzhang.refine.SolvedProblem;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Problems of training whose solutions are known, found by what the shared encoder makes of question and solution. All ranks use it together.
 */
final class SolvedBank implements ExampleSource {
    private final Predictions predictions;
    private final AnswerGeneration task;
    private final List<Problem> bank;
    private final Neighbours neighbours;

    /** Encodes all of the bank. @param bank at least one, each with a solution */
    SolvedBank(Predictions predictions, AnswerGeneration task, List<Problem> bank) {
        this.predictions = predictions;
        this.task = task;
        this.bank = List.copyOf(bank);
        this.neighbours = new Neighbours(predictions.encoded(bank.stream()
                .map(problem -> task.known(problem.text(), problem.solution()))
                .toList()));
    }

    /** Only problems of the same language; the text of the problem itself is none of them. */
    @Override
    public List<List<SolvedProblem>> examples(List<Problem> problems, List<Solution> solutions, int count) {
        float[][] vectors = predictions.encoded(IntStream.range(0, problems.size())
                .mapToObj(
                        i -> task.known(problems.get(i).text(), solutions.get(i).text()))
                .toList());
        return IntStream.range(0, problems.size())
                .mapToObj(i -> examples(problems.get(i), vectors[i], count))
                .toList();
    }

    private List<SolvedProblem> examples(Problem problem, float[] vector, int count) {
        int[] nearest = neighbours.nearest(
                vector,
                count,
                n -> bank.get(n).language() == problem.language()
                        && !bank.get(n).key().equals(problem.key()));
        List<SolvedProblem> examples = Arrays.stream(nearest)
                .mapToObj(bank::get)
                .map(solved -> new SolvedProblem(solved.text(), new Solution(solved.solution(), solved.answer())))
                .collect(Collectors.toList());
        Collections.reverse(examples);
        return examples;
    }
}
