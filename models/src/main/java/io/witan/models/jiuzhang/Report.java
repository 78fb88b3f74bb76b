package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.KnowledgePoints;
import io.witan.models.jiuzhang.collate.MultipleChoice;
import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.SimilarQuestions;
import io.witan.models.jiuzhang.data.Language;
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
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.train.RankMessages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the model does on problems that were held back, each figure with its 95 % interval. All ranks make it together. */
final class Report {
    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 1);
    /** Rows of a rank in one pass. */
    private static final int ROWS = 16;
    /** Questions of another point that a query is ranked against, beside one of its own. */
    private static final int DIFFERENT = 9;
    private static final int BEST = 3;

    private final RankRuntime runtime;
    private final JiuZhang model;
    private final JiuZhangData data;
    private final JiuZhangConfig config;

    Report(RankRuntime runtime, JiuZhang model, JiuZhangData data, JiuZhangConfig config) {
        this.runtime = runtime;
        this.model = model;
        this.data = data;
        this.config = config;
    }

    /** A line for each task and kind of data. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.addAll(knowledge("TAL English level " + config.levelEnglish(), Language.ENGLISH));
        lines.addAll(knowledge("TAL Chinese level " + config.levelChinese(), Language.CHINESE));
        lines.add(choice("generated arithmetic", data.all().heldBack(), problem -> !isOfFile(problem)));
        lines.add(choice("TAL English", data.texts().heldBack(), problem -> problem.language() == Language.ENGLISH));
        lines.add(choice("TAL Chinese", data.texts().heldBack(), problem -> problem.language() == Language.CHINESE));
        lines.add(retrieval());
        lines.addAll(written());
        return lines;
    }

    private static boolean isOfFile(Problem problem) {
        return !problem.place().startsWith("choice questions");
    }

    private List<Problem> some(List<Problem> problems, Predicate<Problem> wanted, int most) {
        return problems.stream().filter(wanted).limit(most).toList();
    }

    private List<String> knowledge(String name, Language language) {
        KnowledgePoints task = data.knowledge();
        List<Problem> problems = some(
                data.texts().heldBack(),
                problem -> problem.language() == language && task.takes(problem),
                config.reportRows());
        int[] truth = labels(task, problems);
        List<Row> rows = problems.stream().map(task::row).toList();
        // A problem of one language can only have a point of that language.
        int[] possible = Arrays.stream(labels(
                        task,
                        some(
                                data.texts().train(),
                                problem -> problem.language() == language && task.takes(problem),
                                Integer.MAX_VALUE)))
                .toArray();
        int[] told = mostLikely(rows, task.labels(), row -> possible);
        int[] majority = MajorityClass.told(possible, truth.length);
        return List.of(
                "knowledge point, " + name + ", " + truth.length + " rows: accuracy "
                        + Proportion.same(truth, told).interval() + ", macro F1 "
                        + MacroF1.interval(truth, told, BOOTSTRAP),
                "  majority class: accuracy " + Proportion.same(truth, majority).interval() + ", macro F1 "
                        + MacroF1.interval(truth, majority, BOOTSTRAP));
    }

    private static int[] labels(KnowledgePoints task, List<Problem> problems) {
        return problems.stream().mapToInt(problem -> task.row(problem).targets()[0]).toArray();
    }

    private String choice(String name, List<Problem> from, Predicate<Problem> wanted) {
        MultipleChoice task = data.choice();
        List<Problem> problems =
                some(from, problem -> wanted.test(problem) && task.takes(problem), config.reportRows());
        List<Row> rows = problems.stream().map(task::row).toList();
        int first = task.labels().firstId();
        int[] truth = problems.stream().mapToInt(problem -> first + problem.right()).toArray();
        int[] told = mostLikely(rows, task.labels(), row -> IntStream.range(
                        first, first + problems.get(row).options().size())
                .toArray());
        double chance = problems.stream()
                .mapToDouble(problem -> 1.0 / problem.options().size())
                .average()
                .orElse(Double.NaN);
        return "multiple choice, " + name + ", " + truth.length + " rows: accuracy "
                + Proportion.same(truth, told).interval()
                + String.format(Locale.ROOT, "; chance %.3f", chance);
    }

    private String retrieval() {
        SimilarQuestions task = data.similar();
        List<Problem> queries =
                some(data.texts().heldBack(), task::takes, Math.max(1, config.reportRows() / 4));
        List<Row> rows = new ArrayList<>();
        for (int query = 0; query < queries.size(); query++) {
            Problem problem = queries.get(query);
            task.candidates(problem, DIFFERENT, new Draws(0, query))
                    .forEach(candidate -> rows.add(task.row(problem, candidate)));
        }
        double[] scores = Arrays.stream(logits(rows, task.labels()))
                .mapToDouble(logits -> logits[0] - logits[1])
                .toArray();
        boolean[] relevant = new boolean[DIFFERENT + 1];
        relevant[0] = true;
        List<Ranking> rankings = IntStream.range(0, queries.size())
                .mapToObj(query -> Ranking.of(
                        Arrays.copyOfRange(scores, query * relevant.length, (query + 1) * relevant.length), relevant))
                .toList();
        double[] hits = rankings.stream().mapToDouble(ranking -> ranking.hitRate(BEST)).toArray();
        double[] gains = rankings.stream().mapToDouble(ranking -> ranking.ndcg(BEST)).toArray();
        return "similar questions, " + queries.size() + " queries of " + relevant.length + " candidates: HR@" + BEST + " "
                + new Proportion((int) Arrays.stream(hits).sum(), hits.length).interval() + ", NDCG@" + BEST + " "
                + BOOTSTRAP.mean(gains) + String.format(Locale.ROOT, "; chance HR@%d %.3f", BEST,
                        (double) BEST / relevant.length);
    }

    private List<String> written() {
        List<Problem> problems = some(data.texts().heldBack(), data.answer()::takes, config.writtenRows());
        List<Row> rows = problems.stream().map(data.answer()::row).toList();
        List<int[]> written = write(rows);
        List<Bleu> bleu = new ArrayList<>();
        double[] rouge = new double[rows.size()];
        int right = 0;
        for (int row = 0; row < rows.size(); row++) {
            int[] reference = data.answer().untilEnd(rows.get(row).targets());
            bleu.add(Bleu.of(reference, written.get(row)));
            rouge[row] = RougeL.of(reference, written.get(row));
            right += Answers.same(
                            problems.get(row).answer(), data.answer().answer(written.get(row)))
                    ? 1
                    : 0;
        }
        return List.of("answers, " + rows.size() + " rows: accuracy " + new Proportion(right, rows.size()).interval()
                + ", BLEU-4 " + Bleu.interval(bleu, BOOTSTRAP) + ", ROUGE-L " + BOOTSTRAP.mean(rouge));
    }

    /** Labels that a row may have. */
    private interface Possible {
        int[] of(int row);
    }

    private int[] mostLikely(List<Row> rows, LabelSet labels, Possible possible) {
        float[][] logits = logits(rows, labels);
        return IntStream.range(0, rows.size())
                .map(row -> IntStream.of(possible.of(row))
                        .boxed()
                        .max((a, b) -> Float.compare(
                                logits[row][a - labels.firstId()], logits[row][b - labels.firstId()]))
                        .orElseThrow())
                .toArray();
    }

    /** Logits of all rows on every rank; each rank computes its part. */
    private float[][] logits(List<Row> rows, LabelSet labels) {
        Map<Integer, String> own = new TreeMap<>();
        inPasses(rows.size(), numbers -> {
            float[][] logits = model.labels(IntStream.of(numbers).mapToObj(rows::get).toList(), labels);
            for (int i = 0; i < numbers.length; i++) {
                float[] of = logits[i];
                own.put(
                        numbers[i],
                        IntStream.range(0, of.length)
                                .mapToObj(label -> Float.toString(of[label]))
                                .collect(Collectors.joining(" ")));
            }
        });
        return together(own).values().stream()
                .map(text -> {
                    String[] parts = text.split(" ");
                    float[] of = new float[parts.length];
                    IntStream.range(0, of.length).forEach(i -> of[i] = Float.parseFloat(parts[i]));
                    return of;
                })
                .toArray(float[][]::new);
    }

    private List<int[]> write(List<Row> rows) {
        Map<Integer, String> own = new TreeMap<>();
        int most = rows.stream().mapToInt(row -> row.decoder().length).max().orElse(0);
        inPasses(rows.size(), numbers -> {
            List<int[]> written = model.write(
                    IntStream.of(numbers).mapToObj(rows::get).toList(),
                    data.vocabulary().end(),
                    most - 1);
            for (int i = 0; i < numbers.length; i++) {
                own.put(
                        numbers[i],
                        IntStream.of(written.get(i)).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
            }
        });
        return together(own).values().stream()
                .map(text -> text.isEmpty()
                        ? new int[0]
                        : Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray())
                .toList();
    }

    /** What one rank does with some rows. */
    private interface Work {
        void rows(int[] numbers);
    }

    /** As many passes on every rank, the last ones perhaps without rows. */
    private void inPasses(int count, Work work) {
        int together = ROWS * runtime.size();
        for (int from = 0; from < count; from += together) {
            int begin = Math.min(count, from + runtime.rank() * ROWS);
            work.rows(IntStream.range(begin, Math.min(count, begin + ROWS)).toArray());
        }
    }

    /** What all ranks have, by row. */
    private Map<Integer, String> together(Map<Integer, String> own) {
        String lines = own.entrySet().stream()
                .map(entry -> entry.getKey() + ":" + entry.getValue())
                .collect(Collectors.joining("\n"));
        Map<Integer, String> all = new TreeMap<>();
        for (String ofRank : RankMessages.all(runtime, () -> lines)) {
            ofRank.lines().forEach(line -> {
                int colon = line.indexOf(':');
                all.put(Integer.valueOf(line.substring(0, colon)), line.substring(colon + 1));
            });
        }
        return all;
    }
}
