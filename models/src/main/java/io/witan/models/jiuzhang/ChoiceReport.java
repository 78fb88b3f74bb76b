package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.MultipleChoice;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.metric.MajorityClass;
import io.witan.models.metric.Proportion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What the model does on multiple choice that was held back. All ranks make it together. */
final class ChoiceReport {
    /** Level of a generated question's route that names its kind. */
    private static final int KIND = 2;

    private final Predictions predictions;
    private final MultipleChoice task;
    private final int most;

    /** @param most letter that is right most often in training, from 0: the baseline that always tells it */
    private ChoiceReport(Predictions predictions, MultipleChoice task, int most) {
        this.predictions = predictions;
        this.task = task;
        this.most = most;
    }

    /** @param trained problems to train on, of which those that the task takes count */
    static ChoiceReport of(Predictions predictions, MultipleChoice task, List<Problem> trained) {
        int[] right =
                trained.stream().filter(task::takes).mapToInt(Problem::right).toArray();
        return new ChoiceReport(predictions, task, right.length == 0 ? 0 : MajorityClass.of(right));
    }

    /** Of problems that the task takes. */
    Measure measure(String name, List<Problem> problems) {
        return measure(name, problems, told(problems));
    }

    /** Of all, and of each kind of generated question. */
    List<Measure> byKind(String name, List<Problem> problems) {
        int[] told = told(problems);
        List<Measure> measures = new ArrayList<>(List.of(measure(name, problems, told)));
        TreeMap<String, List<Integer>> kinds = IntStream.range(0, told.length)
                .boxed()
                .collect(Collectors.groupingBy(
                        i -> problems.get(i).knowledgePoint(KIND), TreeMap::new, Collectors.toList()));
        kinds.forEach((kind, numbers) -> measures.add(measure(
                name + ", " + kind.toLowerCase(Locale.ROOT).replace('_', ' '),
                numbers.stream().map(problems::get).toList(),
                numbers.stream().mapToInt(i -> told[i]).toArray())));
        return measures;
    }

    /** Number of the most likely option of each problem, from 0. */
    private int[] told(List<Problem> problems) {
        return predictions.mostLikely(
                problems.stream().map(task::row).toList(),
                problems.stream().map(task::options).toList());
    }

    private Measure measure(String name, List<Problem> problems, int[] told) {
        int[] truth = problems.stream().mapToInt(Problem::right).toArray();
        int[] always = IntStream.of(truth).map(_ -> most).toArray();
        double chance = problems.stream()
                .mapToDouble(problem -> 1.0 / problem.options().size())
                .average()
                .orElse(Double.NaN);
        return new Measure("multiple choice, " + name, truth.length)
                .with("accuracy", Proportion.same(truth, told).interval())
                .with("majority", Proportion.same(truth, always).value())
                .with("chance", chance);
    }
}
