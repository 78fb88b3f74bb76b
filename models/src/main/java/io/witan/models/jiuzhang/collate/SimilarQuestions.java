package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Collection;
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
 */
public final class SimilarQuestions implements FineTuningTask {
    /** What is told, for the same and for another. */
    public static final List<String> ANSWERS = List.of("yes", "no");

    private final Vocabulary vocabulary;
    private final KnowledgePoints.Levels levels;
    private final LabelSet labels;
    private final Prompts prompts;
    private final int mostTokens;
    /** Questions to pair with, by language and knowledge point. */
    private final Map<Language, Map<String, List<Problem>>> bank;

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
        Set<String> several = withSeveralPoints(bank);
        this.bank = bank.stream()
                .filter(problem -> !levels.of(problem).isEmpty() && !several.contains(problem.key()))
                .collect(Collectors.groupingBy(
                        Problem::language, Collectors.groupingBy(levels::of, TreeMap::new, Collectors.toList())));
    }

    /** Keys of texts that occur under several points: they are similar to all of these, and other to none. */
    private Set<String> withSeveralPoints(Collection<Problem> problems) {
        Map<String, String> points = new HashMap<>();
        Set<String> several = new HashSet<>();
        for (Problem problem : problems) {
            String known = points.putIfAbsent(problem.key(), levels.of(problem));
            if (known != null && !known.equals(levels.of(problem))) {
                several.add(problem.key());
            }
        }
        return several;
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
        List<Problem> own = points(problem).getOrDefault(levels.of(problem), List.of());
        return own.stream().anyMatch(other -> !same(other, problem))
                && !others(problem).isEmpty();
    }

    private Map<String, List<Problem>> points(Problem problem) {
        return bank.getOrDefault(problem.language(), Map.of());
    }

    private boolean alike(Problem a, Problem b) {
        return a.language() == b.language() && levels.of(a).equals(levels.of(b));
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
        return prompts.labelled(task(), input, labels.id(ANSWERS.get(alike(first, second) ? 0 : 1)));
    }

    /** Another question of the same point. */
    public Problem similar(Problem problem, Draws draws) {
        List<Problem> alike = points(problem).get(levels.of(problem)).stream()
                .filter(other -> !same(other, problem))
                .toList();
        return alike.get(draws.between(0, alike.size() - 1));
    }

    /** A question of another point, each point equally likely. */
    public Problem different(Problem problem, Draws draws) {
        List<List<Problem>> others = others(problem);
        List<Problem> ofPoint = others.get(draws.between(0, others.size() - 1));
        return ofPoint.get(draws.between(0, ofPoint.size() - 1));
    }

    /** Questions of each other point, without the problem's own text. */
    private List<List<Problem>> others(Problem problem) {
        return points(problem).entrySet().stream()
                .filter(point -> !point.getKey().equals(levels.of(problem)))
                .map(point -> point.getValue().stream()
                        .filter(other -> !same(other, problem))
                        .toList())
                .filter(questions -> !questions.isEmpty())
                .toList();
    }

    /**
     * What a query is to be ranked against: first a similar question, then so many different ones; no two are the same.
     *
     * @throws DataException if there are not so many
     */
    public List<Problem> candidates(Problem query, int different, Draws draws) {
        List<Problem> candidates = new ArrayList<>(List.of(similar(query, draws)));
        List<Problem> others = new ArrayList<>(others(query).stream()
                .flatMap(List::stream)
                .filter(other -> !same(other, candidates.getFirst()))
                .collect(Collectors.toMap(Problem::key, other -> other, (a, b) -> a, TreeMap::new))
                .values());
        if (others.size() < different) {
            throw new DataException(
                    "similar questions: a query of point \"" + levels.of(query) + "\" is to be ranked against "
                            + different + " questions of other points, but there are " + others.size());
        }
        while (candidates.size() <= different) {
            candidates.add(others.remove(draws.between(0, others.size() - 1)));
        }
        return candidates;
    }

    public LabelSet labels() {
        return labels;
    }
}
