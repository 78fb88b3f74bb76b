package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.KnowledgePoints;
import io.witan.models.jiuzhang.collate.MultipleChoice;
import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.SimilarQuestions;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.models.metric.Answers;
import io.witan.models.metric.Bleu;
import io.witan.models.metric.Bootstrap;
import io.witan.models.metric.MacroF1;
import io.witan.models.metric.MajorityClass;
import io.witan.models.metric.Proportion;
import io.witan.models.metric.Ranking;
import io.witan.models.metric.RougeL;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** What the model does on problems, task by task. Problems are those that the task takes. All ranks call it together. */
final class TaskMeasures {
    /** Questions of another point that a query is ranked against, beside one of its own. */
    static final int DIFFERENT = 9;

    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 1);
    /** HR@3 and NDCG@3. */
    private static final int BEST = 3;

    private final Predictions predictions;
    private final JiuZhangData data;

    TaskMeasures(Predictions predictions, JiuZhangData data) {
        this.predictions = predictions;
        this.data = data;
    }

    /**
     * Knowledge points, and beside them the most frequent one of training.
     *
     * @param trained problems of the language, to train on: a point is told among theirs
     */
    List<Measure> knowledge(String name, List<Problem> problems, List<Problem> trained) {
        KnowledgePoints task = data.knowledge();
        int[] known = points(trained);
        int[] possible = IntStream.of(known).distinct().toArray();
        int[] truth = points(problems);
        int[] told = mostLikely(problems.stream().map(task::row).toList(), task.labels(), _ -> possible);
        return List.of(
                classified("knowledge point, " + name, truth, told),
                classified("majority class, " + name, truth, MajorityClass.told(known, truth.length)));
    }

    private int[] points(List<Problem> problems) {
        return problems.stream()
                .mapToInt(problem -> data.knowledge().row(problem).targets()[0])
                .toArray();
    }

    private static Measure classified(String name, int[] truth, int[] told) {
        return new Measure(name, truth.length)
                .with("accuracy", Proportion.same(truth, told).interval())
                .with("macro F1", MacroF1.interval(truth, told, BOOTSTRAP));
    }

    /** Options, and beside them the place that is right most often in training, where there is any to go by. */
    Measure choice(String name, List<Problem> problems, List<Problem> trained) {
        MultipleChoice task = data.choice();
        int first = task.labels().firstId();
        int[] truth = problems.stream().mapToInt(Problem::right).toArray();
        int[] told = mostLikely(problems.stream().map(task::row).toList(), task.labels(), row -> IntStream.range(
                        first, first + problems.get(row).options().size())
                .toArray());
        int[] options = IntStream.of(told).map(id -> id - first).toArray();
        double chance = problems.stream()
                .mapToDouble(problem -> 1.0 / problem.options().size())
                .average()
                .orElse(Double.NaN);
        Measure measure = new Measure("multiple choice, " + name, truth.length)
                .with("accuracy", Proportion.same(truth, options).interval())
                .with("chance", chance);
        if (trained.isEmpty()) {
            return measure;
        }
        int[] places = trained.stream().mapToInt(Problem::right).toArray();
        int[] majority = MajorityClass.told(places, truth.length);
        return measure.with("majority class", Proportion.same(truth, majority).interval());
    }

    /** @param possible labels of a row */
    private int[] mostLikely(List<Row> rows, LabelSet labels, IntFunction<int[]> possible) {
        float[][] logits = predictions.labels(rows, labels);
        return IntStream.range(0, rows.size())
                .map(row -> {
                    int[] ids = possible.apply(row);
                    int best = ids[0];
                    for (int id : ids) {
                        best = logits[row][id - labels.firstId()] > logits[row][best - labels.firstId()] ? id : best;
                    }
                    return best;
                })
                .toArray();
    }

    /** Queries among questions of training, one of which has the same point. */
    Measure similar(List<Problem> queries) {
        SimilarQuestions task = data.similar();
        int candidates = DIFFERENT + 1;
        List<Row> rows = new ArrayList<>();
        for (int query = 0; query < queries.size(); query++) {
            Problem problem = queries.get(query);
            task.candidates(problem, DIFFERENT, new Draws(0, query))
                    .forEach(candidate -> rows.add(task.row(problem, candidate)));
        }
        double[] scores = Arrays.stream(predictions.labels(rows, task.labels()))
                .mapToDouble(logits -> logits[0] - logits[1])
                .toArray();
        boolean[] relevant = new boolean[candidates];
        relevant[0] = true;
        List<Ranking> rankings = IntStream.range(0, queries.size())
                .mapToObj(query ->
                        Ranking.of(Arrays.copyOfRange(scores, query * candidates, (query + 1) * candidates), relevant))
                .toList();
        int hits = (int)
                rankings.stream().mapToDouble(ranking -> ranking.hitRate(BEST)).sum();
        double[] gains =
                rankings.stream().mapToDouble(ranking -> ranking.ndcg(BEST)).toArray();
        return new Measure("similar questions among " + candidates, queries.size())
                .with("HR@" + BEST, new Proportion(hits, queries.size()).interval())
                .with("NDCG@" + BEST, BOOTSTRAP.mean(gains))
                .with("chance of HR@" + BEST, (double) BEST / candidates);
    }

    /** Answers that are written, and beside them the most frequent one of training. */
    Measure answers(List<Problem> problems, List<Problem> trained) {
        List<Row> rows = problems.stream().map(data.answer()::row).toList();
        int most = rows.stream().mapToInt(row -> row.decoder().length).max().orElse(1);
        List<int[]> written = predictions.written(rows, data.vocabulary().end(), most);
        List<Bleu> bleu = new ArrayList<>();
        double[] rouge = new double[rows.size()];
        int right = 0;
        for (int row = 0; row < rows.size(); row++) {
            int[] reference = data.answer().untilEnd(rows.get(row).targets());
            bleu.add(Bleu.of(reference, written.get(row)));
            rouge[row] = RougeL.of(reference, written.get(row));
            String told = data.answer().answer(written.get(row));
            right += Answers.same(problems.get(row).answer(), told) ? 1 : 0;
        }
        String usual = mostFrequent(trained);
        int usually = (int) problems.stream()
                .filter(problem -> Answers.same(problem.answer(), usual))
                .count();
        return new Measure("answers that are written", rows.size())
                .with("accuracy", new Proportion(right, rows.size()).interval())
                .with("most frequent answer", new Proportion(usually, rows.size()).interval())
                .with("BLEU-4", Bleu.interval(bleu, BOOTSTRAP))
                .with("ROUGE-L", BOOTSTRAP.mean(rouge));
    }

    /** Of equally frequent ones the first by name. */
    private static String mostFrequent(List<Problem> problems) {
        Map<String, Integer> counts = new TreeMap<>();
        problems.forEach(problem -> counts.merge(problem.answer(), 1, Integer::sum));
        return Collections.max(counts.keySet(), Comparator.comparing(counts::get));
    }
}
