package io.witan.models.jiuzhang.refine;

import io.witan.models.jiuzhang.data.Language;
import java.util.List;

/**
 * What a writer is asked to put right.
 *
 * @param language of all its texts
 * @param examples solved problems like this one, the most similar last; may be empty
 * @param problem with the solution as it is
 */
public record Draft(Language language, List<SolvedProblem> examples, SolvedProblem problem) {
    public Draft {
        examples = List.copyOf(examples);
    }
}
