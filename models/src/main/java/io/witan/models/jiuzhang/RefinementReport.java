package io.witan.models.jiuzhang;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.collate.AnswerGeneration;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemRows;
import io.witan.models.jiuzhang.refine.ExampleSource;
import io.witan.models.jiuzhang.refine.RefinedProblem;
import io.witan.models.jiuzhang.refine.RefinedProblem.End;
import io.witan.models.jiuzhang.refine.Refinement;
import io.witan.models.jiuzhang.refine.Solution;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import io.witan.models.metric.Bootstrap;
import io.witan.models.metric.Proportion;
import io.witan.runtime.data.DataException;
import java.util.List;
import java.util.Locale;

/** What iterative refinement does to the answers of a file's problems. In a group of one rank. */
final class RefinementReport {
    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 1);
    private static final String FILE = "refined.json";

    private final Predictions predictions;
    private final JiuZhangData data;

    RefinementReport(Predictions predictions, JiuZhangData data) {
        this.predictions = predictions;
        this.data = data;
    }

    /**
     * Drafts, refines and measures.
     *
     * @throws DataException if a row cannot be used, or no row is an open question
     */
    EndReport of(RowsToMeasure rows, SolutionWriter writer, Refinement.Settings settings) {
        AnswerGeneration task = data.answer();
        List<Problem> problems = Report.some(ProblemRows.read(rows.file()).problems(), task::takes, rows.most());
        if (problems.isEmpty()) {
            throw new DataException(rows.file() + ": no row is an open question whose solution fits, to write one of");
        }
        List<RefinedProblem> refined =
                new Refinement(writer, examples(settings), settings).refine(problems, drafts(problems));
        Measure measure = measure(refined, settings);
        ObjectNode root = new JsonMapper().createObjectNode();
        root.putArray("measures").add(measure.json());
        ArrayNode all = root.putArray("problems");
        refined.forEach(problem -> all.add(json(problem)));
        return new EndReport(List.of(measure.line()), FILE, root);
    }

    private ExampleSource examples(Refinement.Settings settings) {
        List<Problem> solved = data.texts().train().stream()
                .filter(problem -> !problem.solution().isEmpty())
                .toList();
        return settings.examples() == 0 || solved.isEmpty()
                ? ExampleSource.none()
                : new SolvedBank(predictions, data.answer(), solved);
    }

    private List<Solution> drafts(List<Problem> problems) {
        AnswerGeneration task = data.answer();
        return predictions
                .written(
                        problems.stream().map(task::row).toList(),
                        data.vocabulary().end(),
                        task.mostTokens())
                .stream()
                .map(written -> new Solution(task.solution(written), task.answer(written)))
                .toList();
    }

    static Measure measure(List<RefinedProblem> refined, Refinement.Settings settings) {
        int count = refined.size();
        int drafted =
                (int) refined.stream().filter(RefinedProblem::draftIsRight).count();
        int right = (int) refined.stream().filter(RefinedProblem::isRight).count();
        double[] gains = refined.stream()
                .mapToDouble(problem -> (problem.isRight() ? 1 : 0) - (problem.draftIsRight() ? 1 : 0))
                .toArray();
        double calls =
                refined.stream().mapToInt(RefinedProblem::calls).average().orElse(0);
        return new Measure(
                        "answers refined in " + settings.rounds() + " rounds at most, " + settings.examples()
                                + " examples each",
                        count)
                .with("accuracy of drafts", new Proportion(drafted, count).interval())
                .with("accuracy", new Proportion(right, count).interval())
                .with("gain", BOOTSTRAP.mean(gains))
                .with("calls a row", calls)
                .with("without an answer", share(refined, End.UNREADABLE))
                .with("without a reply", share(refined, End.FAILED));
    }

    private static double share(List<RefinedProblem> refined, End end) {
        return refined.stream().filter(problem -> problem.end() == end).count() / (double) refined.size();
    }

    private static ObjectNode json(RefinedProblem refined) {
        ObjectNode node = new JsonMapper()
                .createObjectNode()
                .put("place", refined.problem().place())
                .put("question", refined.problem().text())
                .put("expected", refined.problem().answer());
        put(node.putObject("draft"), refined.draft());
        put(node.putObject("refined"), refined.solution());
        return node.put("calls", refined.calls())
                .put("end", refined.end().name().toLowerCase(Locale.ROOT))
                .put("right", refined.isRight());
    }

    private static void put(ObjectNode node, Solution solution) {
        node.put("solution", solution.text()).put("answer", solution.answer());
    }
}
