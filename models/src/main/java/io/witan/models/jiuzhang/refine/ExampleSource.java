package io.witan.models.jiuzhang.refine;

import io.witan.models.jiuzhang.data.Problem;
import java.util.List;

/** Where solved problems to learn from come from. */
public interface ExampleSource {
    /**
     * Solved problems like some others.
     *
     * @param problems that are to be solved
     * @param solutions as they are, one for each
     * @param count of each problem, at most; at least 0
     * @return for each problem, the most similar last
     */
    List<List<SolvedProblem>> examples(List<Problem> problems, List<Solution> solutions, int count);

    /** Has no problem to show. */
    static ExampleSource none() {
        return (problems, _, _) ->
                problems.stream().map(_ -> List.<SolvedProblem>of()).toList();
    }
}
