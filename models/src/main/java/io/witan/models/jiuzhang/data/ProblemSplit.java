package io.witan.models.jiuzhang.data;

import io.witan.runtime.data.Documents;
import io.witan.runtime.data.Split;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Problems to train on and problems held back. What is held back is held back from every stage and task of training: texts,
 * options, solutions, labels and pairs.
 *
 * @param train in the order of the whole
 * @param heldBack likewise; no {@link Problem#key} is on both sides
 */
public record ProblemSplit(List<Problem> train, List<Problem> heldBack) {
    public ProblemSplit {
        train = List.copyOf(train);
        heldBack = List.copyOf(heldBack);
    }

    /**
     * Splits by {@link Split#of} of the keys, so that a problem is on the same side whatever stands around it.
     *
     * @param fraction held back, from 0 to below 1
     * @throws io.witan.runtime.data.DataException if there are not two different problems to split
     */
    public static ProblemSplit of(Collection<Problem> problems, double fraction, long seed) {
        List<String> keys = problems.stream().map(Problem::key).toList();
        Set<String> held = new HashSet<>(
                Split.of(new Documents(keys), fraction, seed).validation().texts());
        return new ProblemSplit(
                problems.stream()
                        .filter(problem -> !held.contains(problem.key()))
                        .toList(),
                problems.stream()
                        .filter(problem -> held.contains(problem.key()))
                        .toList());
    }
}
