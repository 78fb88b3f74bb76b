package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.FineTuningTask;
import io.witan.models.jiuzhang.collate.KnowledgePoints;
import io.witan.models.jiuzhang.collate.MultipleChoice;
import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.SimilarQuestions;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.metric.Answers;
import io.witan.models.metric.Bleu;
import io.witan.models.metric.Bootstrap;
import io.witan.models.metric.MacroF1;
import io.witan.models.metric.MajorityClass;
import io.witan.models.metric.Proportion;
import io.witan.models.metric.Ranking;
import io.witan.models.metric.Rouge2;
import io.witan.models.metric.RougeL;
import io.witan.runtime.data.WindowOrder;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** What the model does on problems that were held back. All ranks make it together. */
final class Report {
    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 1);
    /** Questions of another point that a query is ranked against, beside one of its own. */
    private static final int DIFFERENT = 9;
    /** HR@3 and NDCG@3. */
    private static final int BEST = 3;

    private final Predictions predictions;
    private final JiuZhangData data;
    private final JiuZhangConfig config;

    Report(Predictions predictions, JiuZhangData data, JiuZhangConfig config) {
        this.predictions = predictions;
        this.data = data;
        this.config = config;
    }

    /** One for each task and kind of data. */
    List<Measure> measures() {
        List<Problem> texts = data.texts().heldBack();
        int queries = Math.max(1, config.reportRows() / (DIFFERENT + 1) * 2);
        List<Measure> measures = new ArrayList<>();
        measures.addAll(knowledge("TAL English level " + config.levelEnglish(), Language.ENGLISH));
        measures.addAll(knowledge("TAL Chinese level " + config.levelChinese(), Language.CHINESE));
        measures.addAll(arithmetic());
        measures.add(choice("TAL English", Language.ENGLISH));
        measures.add(choice("TAL Chinese", Language.CHINESE));
        measures.add(similar(some(texts, data.similar()::takes, queries)));
        measures.add(answers(some(texts, data.answer()::takes, config.writtenRows())));
        return measures;
    }

    /** In a fixed order that is not that of the files. */
    static List<Problem> some(List<Problem> problems, Predicate<Problem> wanted, int most) {
        List<Problem> all = problems.stream().filter(wanted).toList();
        WindowOrder order = new WindowOrder(0, Math.max(1, all.size()));
        return IntStream.range(0, Math.min(most, all.size()))
                .mapToObj(place -> all.get((int) order.at(place)))
                .toList();
    }

    private List<Measure> knowledge(String name, Language language) {
        return knowledge(name, language, heldBack(data.knowledge(), language));
    }

    /** Of problems that a task takes. */
    private List<Problem> heldBack(FineTuningTask task, Language language) {
        Predicate<Problem> wanted = problem -> problem.language() == language && task.takes(problem);
        return some(data.texts().heldBack(), wanted, config.reportRows());
    }

    /**
     * Told among the points that problems of the language have in training, by {@link JiuZhangConfig#rarePoints}, and beside it the most
     * frequent of these.
     */
    List<Measure> knowledge(String name, Language language, List<Problem> problems) {
        KnowledgePoints task = data.knowledge();
        int[] trained = points(data.trained(task, language));
        FrequentLabels labels = new FrequentLabels(trained, config.rarePoints());
        int[] truth = points(problems);
        List<Row> rows = problems.stream().map(task::row).toList();
        int[] told = Arrays.stream(predictions.logits(rows, Collections.nCopies(rows.size(), labels.ids())))
                .mapToInt(labels::told)
                .toArray();
        return List.of(
                classified("knowledge point, " + name, truth, told),
                classified("majority class, " + name, truth, MajorityClass.told(trained, truth.length)));
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

    private List<Measure> arithmetic() {
        MultipleChoice task = data.arithmetic();
        return ChoiceReport.of(predictions, task, data.questions().train())
                .byKind("generated arithmetic", some(data.questions().heldBack(), task::takes, config.reportRows()));
    }

    private Measure choice(String name, Language language) {
        MultipleChoice task = data.choice();
        return ChoiceReport.of(predictions, task, data.trained(task, language)).measure(name, heldBack(task, language));
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
        int[] answers = SimilarQuestions.ANSWERS.stream()
                .mapToInt(answer -> task.labels().id(answer))
                .toArray();
        double[] scores = Arrays.stream(predictions.logits(rows, Collections.nCopies(rows.size(), answers)))
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
    Measure answers(List<Problem> problems) {
        List<Row> rows = problems.stream().map(data.answer()::row).toList();
        int most = rows.stream().mapToInt(row -> row.decoder().length).max().orElse(1);
        List<int[]> written = predictions.written(rows, data.vocabulary().end(), most);
        List<Bleu> bleu = new ArrayList<>();
        double[] rouge2 = new double[rows.size()];
        double[] rougeL = new double[rows.size()];
        int right = 0;
        for (int row = 0; row < rows.size(); row++) {
            int[] reference = data.answer().untilEnd(rows.get(row).targets());
            bleu.add(Bleu.of(reference, written.get(row)));
            rouge2[row] = Rouge2.of(reference, written.get(row));
            rougeL[row] = RougeL.of(reference, written.get(row));
            String told = data.answer().answer(written.get(row));
            right += Answers.same(problems.get(row).answer(), told) ? 1 : 0;
        }
        return new Measure("answers that are written", rows.size())
                .with("accuracy", new Proportion(right, rows.size()).interval())
                .with("most frequent answer", usual(problems).interval())
                .with("BLEU-4", Bleu.interval(bleu, BOOTSTRAP))
                .with("ROUGE-2", BOOTSTRAP.mean(rouge2))
                .with("ROUGE-L", BOOTSTRAP.mean(rougeL));
    }

    /** Of equally frequent answers the last by name. */
    private Proportion usual(List<Problem> problems) {
        Map<String, Integer> counts = new TreeMap<>();
        data.texts().train().stream()
                .filter(data.answer()::takes)
                .forEach(problem -> counts.merge(problem.answer(), 1, Integer::sum));
        String most = Collections.max(
                counts.keySet(), Comparator.<String>comparingInt(counts::get).thenComparing(Comparator.naturalOrder()));
        int same = (int) problems.stream()
                .filter(problem -> Answers.same(problem.answer(), most))
                .count();
        return new Proportion(same, problems.size());
    }
}
