package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether two questions of one language have the same knowledge point, told at the start of the row. With probability one half
 * the second question has the first one's, otherwise another. Retrieval ranks candidates by how much likelier yes is than no.
 * A text that stands in the bank with several knowledge points is paired with nothing, as nobody knows which others it is like.
 */
public final class SimilarQuestions implements FineTuningTask {
    /** What is told, for the same and for another. */
    public static final List<String> ANSWERS = List.of("yes", "no");

    private final Vocabulary vocabulary;
    private final KnowledgePoints.Levels levels;
    private final LabelSet labels;
    private final Prompts prompts;
    private final int mostTokens;
    /** Questions to pair with, by language and knowledge point; of one text one. */
    private final Map<String, List<Problem>> bank;

    /**
     * @param vocabulary has {@link #ANSWERS} as labels of {@link Task#SIMILAR}
     * @param bank problems that others are paired with: those of training, for queries that are held back too
     */
    public SimilarQuestions(
            Vocabulary vocabulary, KnowledgePoints.Levels levels, Collection<Problem> bank, int mostTokens) {
        this.vocabulary = vocabulary;
        this.levels = levels;
        this.labels = vocabulary.labels(Task.SIMILAR.title());
        this.prompts = new Prompts(vocabulary, mostTokens);
        this.mostTokens = mostTokens;
        Set<String> several = textsOfSeveralPoints(bank);
        Set<String> known = new HashSet<>();
        this.bank = bank.stream()
                .filter(problem -> !levels.of(problem).isEmpty() && !several.contains(problem.key()))
                .filter(problem -> known.add(problem.key()))
                .collect(Collectors.groupingBy(this::point, TreeMap::new, Collectors.toList()));
    }

    private Set<String> textsOfSeveralPoints(Collection<Problem> problems) {
        Map<String, String> first = new HashMap<>();
        return problems.stream()
                .filter(problem -> !levels.of(problem).isEmpty())
                .filter(problem -> !point(problem).equals(first.computeIfAbsent(problem.key(), _ -> point(problem))))
                .map(Problem::key)
                .collect(Collectors.toSet());
    }

    private String point(Problem problem) {
        return problem.language() + " " + levels.of(problem);
    }

    @Override
    public Task task() {
        return Task.SIMILAR;
    }

    /** If the bank has other questions of its point, and questions of another. */
    @Override
    public boolean takes(Problem problem) {
        if (levels.of(problem).isEmpty()) {
            return false;
        }
        return bank.getOrDefault(point(problem), List.of()).stream().anyMatch(other -> !same(other, problem))
                && !others(problem).isEmpty();
    }

    /** Questions of other points in its language, by point. The same text under another point is none of them. */
    private List<List<Problem>> others(Problem problem) {
        return bank.entrySet().stream()
                .filter(point -> isOther(point.getKey(), problem))
                .map(point -> point.getValue().stream()
                        .filter(other -> !same(other, problem))
                        .toList())
                .filter(questions -> !questions.isEmpty())
                .toList();
    }

    private boolean isOther(String point, Problem problem) {
        return point.startsWith(problem.language() + " ") && !point.equals(point(problem));
    }

    private static boolean same(Problem a, Problem b) {
        return a.key().equals(b.key());
    }

    @Override
    public Row row(Problem problem, Draws draws) {
        boolean alike = draws.between(0, 1) == 0;
        return row(problem, alike ? similar(problem, draws) : different(problem, draws));
    }

    /** A row of two questions. */
    public Row row(Problem first, Problem second) {
        Passage after = Passage.fixed(vocabulary.separator())
                .then(vocabulary.encode(second.text()).cut(mostTokens / 2 - 1));
        int[] input = prompts.input(task(), first.text(), after);
        return prompts.labelled(
                task(), input, labels.id(ANSWERS.get(point(first).equals(point(second)) ? 0 : 1)));
    }

    /** Another question of the same point. */
    public Problem similar(Problem problem, Draws draws) {
        List<Problem> alike = bank.get(point(problem)).stream()
                .filter(other -> !same(other, problem))
                .toList();
        return alike.get(draws.between(0, alike.size() - 1));
    }

    /** A question of another point, each point equally likely. */
    public Problem different(Problem problem, Draws draws) {
        List<List<Problem>> points = others(problem);
        List<Problem> questions = points.get(draws.between(0, points.size() - 1));
        return questions.get(draws.between(0, questions.size() - 1));
    }

    /**
     * What a query is to be ranked against: first a similar question, then so many different ones; no two are the same.
     *
     * @throws DataException if there are not as many
     */
    public List<Problem> candidates(Problem query, int different, Draws draws) {
        List<Problem> others =
                new ArrayList<>(others(query).stream().flatMap(List::stream).toList());
        if (others.size() < different) {
            throw new DataException(query.place() + ": is to be ranked against " + different
                    + " questions of other knowledge points; there are " + others.size() + " in its language");
        }
        for (int i = 0; i < different; i++) {
            Collections.swap(others, i, draws.between(i, others.size() - 1));
        }
        others.subList(different, others.size()).clear();
        others.addFirst(similar(query, draws));
        return others;
    }

    public LabelSet labels() {
        return labels;
    }
}
