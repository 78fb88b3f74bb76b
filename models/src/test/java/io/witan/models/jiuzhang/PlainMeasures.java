package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a model tells of problems, one row a pass, and shares of it counted one by one. */
public final class PlainMeasures {
    private final JiuZhang model;
    private final JiuZhangData data;

    public PlainMeasures(JiuZhang model, DataConfig data, JiuZhangConfig config, int mostTokens) {
        this.model = model;
        this.data = new JiuZhangData(data, config, mostTokens);
    }

    private float[] logits(Row row, int... ids) {
        return model.logits(List.of(row), List.of(ids))[0];
    }

    /** The names that problems of the language have in training, on level 2, and how many have each. */
    private Map<String, Integer> known(Language language) {
        Map<String, Integer> known = new TreeMap<>();
        for (Problem problem : data.texts().train()) {
            if (problem.language() == language && problem.route().size() > 1) {
                known.merge(problem.route().get(1), 1, Integer::sum);
            }
        }
        return known;
    }

    /** Names of knowledge points on level 2, by likelihood over the root of the frequency. */
    public List<String> points(List<Problem> problems) {
        LabelSet labels = data.knowledge().labels();
        return problems.stream()
                .map(problem -> {
                    Row row = data.knowledge().row(problem);
                    String best = "";
                    double most = 0;
                    for (Map.Entry<String, Integer> name :
                            known(problem.language()).entrySet()) {
                        double score = Math.exp(logits(row, labels.id(name.getKey()))[0]) / Math.sqrt(name.getValue());
                        if (score > most) {
                            most = score;
                            best = name.getKey();
                        }
                    }
                    return best;
                })
                .toList();
    }

    /** Places of options, from 0. */
    public List<Integer> options(List<Problem> problems) {
        return problems.stream()
                .map(problem -> {
                    float[] logits =
                            logits(data.choice().row(problem), data.choice().options(problem));
                    int best = 0;
                    for (int option = 1; option < problem.options().size(); option++) {
                        best = logits[option] > logits[best] ? option : best;
                    }
                    return best;
                })
                .toList();
    }

    /** Answers that are written. */
    public List<String> answers(List<Problem> problems) {
        int most = problems.stream()
                .mapToInt(problem -> data.answer().row(problem).decoder().length)
                .max()
                .orElseThrow();
        return problems.stream()
                .map(problem -> data.answer()
                        .answer(model.write(
                                        List.of(data.answer().row(problem)),
                                        data.vocabulary().end(),
                                        most)
                                .getFirst()))
                .toList();
    }

    /** Of each query how many of the nine other candidates are at least as good as the similar one. */
    public int[] ahead(List<Problem> queries) {
        int yes = data.similar().labels().id("yes");
        int no = data.similar().labels().id("no");
        int[] ahead = new int[queries.size()];
        for (int query = 0; query < ahead.length; query++) {
            Problem problem = queries.get(query);
            double[] scores = data.similar().candidates(problem, 9, new Draws(0, query)).stream()
                    .map(candidate -> logits(data.similar().row(problem, candidate), yes, no))
                    .mapToDouble(logits -> (double) logits[0] - logits[1])
                    .toArray();
            ahead[query] = (int) Arrays.stream(scores)
                    .skip(1)
                    .filter(score -> score >= scores[0])
                    .count();
        }
        return ahead;
    }

    /** The question of training whose encoding, less the mean of all, is nearest to that of an English question with a solution. */
    public String nearest(String question, String solution) {
        List<Problem> bank = data.texts().train().stream()
                .filter(problem -> !problem.solution().isEmpty())
                .toList();
        List<float[]> encoded = bank.stream()
                .map(problem -> encoded(problem.text(), problem.solution()))
                .toList();
        double[] mean = new double[encoded.getFirst().length];
        encoded.forEach(vector -> Arrays.setAll(mean, i -> mean[i] + vector[i] / (double) encoded.size()));
        float[] wanted = encoded(question, solution);
        int best = -1;
        for (int n = 0; n < bank.size(); n++) {
            boolean english = bank.get(n).language() == Language.ENGLISH;
            if (english
                    && (best < 0 || cosine(mean, wanted, encoded.get(n)) > cosine(mean, wanted, encoded.get(best)))) {
                best = n;
            }
        }
        return bank.get(best).text();
    }

    private float[] encoded(String question, String solution) {
        return model.encoded(List.of(data.answer().known(question, solution)))[0];
    }

    private static double cosine(double[] mean, float[] a, float[] b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < mean.length; i++) {
            dot += (a[i] - mean[i]) * (b[i] - mean[i]);
            aa += Math.pow(a[i] - mean[i], 2);
            bb += Math.pow(b[i] - mean[i], 2);
        }
        return dot / Math.sqrt(aa * bb);
    }
}
