package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.JiuZhang;
import io.witan.models.jiuzhang.PlainMeasures;
import io.witan.models.jiuzhang.SmallProblems;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemFile;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataException;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A trained model, measured on problems of a file, against what it tells of each row alone. */
class MeasuredProblemsTest {
    private static final int ALL = Integer.MAX_VALUE;
    private static final int ROWS = 30;

    @TempDir
    static Path problems;

    @TempDir
    static Path run;

    @TempDir
    Path folder;

    private static Recipe recipe;

    @BeforeAll
    static void train() {
        SmallProblems.write(problems);
        recipe = JiuZhangRecipeTest.recipe(
                problems,
                "train.steps=63",
                "jiuzhang.masked_steps=1",
                "jiuzhang.logic_steps=1",
                "jiuzhang.checking_steps=1",
                "jiuzhang.tuning_steps=60",
                "jiuzhang.tuning_lr=0.01",
                "checkpoint.vault=false",
                "train.eval_interval=0");
        TrainedRanks.train(recipe, Topology.of(2), run);
    }

    private static List<String> tal() {
        return IntStream.range(100, 100 + ROWS).mapToObj(SmallProblems::tal).toList();
    }

    private Path file(List<String> rows) throws IOException {
        return Files.write(folder.resolve("problems.jsonl"), rows);
    }

    private static EndReport measure(Path file, String task, int most) {
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            return model.measure(new RowsToMeasure(file, Optional.ofNullable(task), most));
        }
    }

    private static <T> T plain(Function<PlainMeasures, T> told) {
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            return told.apply(new PlainMeasures(
                    (JiuZhang) model.instance().model(),
                    recipe.data(),
                    recipe.jiuzhang().orElseThrow(),
                    recipe.model().seqLen() - 1));
        }
    }

    /** The problems of rows, read as the run's own English file is. */
    private List<Problem> read(ProblemFile as, List<String> rows) throws IOException {
        Path path = folder.resolve(as.path());
        Files.createDirectories(path.getParent());
        Files.write(path, rows);
        return as.read(folder);
    }

    private static JsonNode measure(EndReport report, String name) {
        for (JsonNode measure : report.json().path("measures")) {
            if (measure.path("name").textValue().startsWith(name)) {
                return measure;
            }
        }
        throw new AssertionError("no " + name + " in " + report.json());
    }

    private static double value(JsonNode measure, String name) {
        JsonNode interval = measure.path(name);
        assertThat(interval.path("value").doubleValue())
                .isBetween(
                        interval.path("low").doubleValue(),
                        interval.path("high").doubleValue());
        return interval.path("value").doubleValue();
    }

    private static double macroF1(List<String> truth, List<String> told) {
        Set<String> names = new HashSet<>(truth);
        names.addAll(told);
        double sum = 0;
        for (String name : names) {
            double hit = 0;
            double toldSo = 0;
            double trulySo = 0;
            for (int i = 0; i < truth.size(); i++) {
                toldSo += told.get(i).equals(name) ? 1 : 0;
                trulySo += truth.get(i).equals(name) ? 1 : 0;
                hit += told.get(i).equals(name) && truth.get(i).equals(name) ? 1 : 0;
            }
            double precision = toldSo == 0 ? 0 : hit / toldSo;
            double recall = trulySo == 0 ? 0 : hit / trulySo;
            sum += precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
        }
        return sum / names.size();
    }

    @Test
    void shouldMeasureEveryTaskOfChoiceRows() throws IOException {
        List<Problem> rows = read(ProblemFile.TAL_ENGLISH, tal());
        EndReport report = measure(file(tal()), null, ALL);
        List<String> points =
                rows.stream().map(problem -> problem.route().get(1)).toList();
        List<String> told = plain(plain -> plain.points(rows));
        long same = IntStream.range(0, ROWS)
                .filter(i -> points.get(i).equals(told.get(i)))
                .count();
        assertThat(same).isBetween(1L, (long) ROWS);
        JsonNode knowledge = measure(report, "knowledge point, english level 2");
        assertThat(knowledge.path("rows").intValue()).isEqualTo(ROWS);
        assertThat(value(knowledge, "accuracy")).isCloseTo((double) same / ROWS, within(1e-12));
        assertThat(value(knowledge, "macro F1")).isCloseTo(macroF1(points, told), within(1e-12));

        List<Integer> options = plain(plain -> plain.options(rows));
        long right = IntStream.range(0, ROWS)
                .filter(i -> rows.get(i).right() == options.get(i))
                .count();
        JsonNode choice = measure(report, "multiple choice, english");
        assertThat(value(choice, "accuracy")).isCloseTo((double) right / ROWS, within(1e-12));
        assertThat(value(choice, "chance")).isEqualTo(0.5);
        assertThat(value(choice, "majority")).isEqualTo(0.5);
        assertThat(report.json().path("measures").findValuesAsText("name"))
                .noneMatch(name -> name.contains("chinese") || name.contains("answers"));
    }

    /** Queries come in an order of their own: with one of them there is but one. */
    @Test
    void shouldRankSimilarQuestions() throws IOException {
        List<String> one = tal().subList(0, 1);
        List<Problem> rows = read(ProblemFile.TAL_ENGLISH, one);
        int ahead = plain(plain -> plain.ahead(rows))[0];
        JsonNode similar = measure(measure(file(one), "similar", ALL), "similar questions among 10");
        assertThat(value(similar, "HR@3")).isEqualTo(ahead < 3 ? 1 : 0);
        assertThat(value(similar, "NDCG@3"))
                .isCloseTo(ahead < 3 ? Math.log(2) / Math.log(ahead + 2) : 0, within(1e-12));
    }

    @Test
    void shouldMeasureAnswersThatAreWritten() throws IOException {
        List<String> questions = List.of(
                "{\"question\": \"Number 7: 3 and 4 pears, how many?\", \"answer\": \"Add them, so 7.\\n#### 7\"}",
                "{\"question\": \"Number 8: 3 and 5 pears, how many?\", \"answer\": \"Add them, so 8.\\n#### 8\"}");
        List<Problem> rows = read(ProblemFile.GSM8K, questions);
        List<String> told = plain(plain -> plain.answers(rows));
        long right = IntStream.range(0, 2)
                .filter(i -> told.get(i).strip().equals(rows.get(i).answer()))
                .count();
        JsonNode answers = measure(measure(file(questions), null, ALL), "answers that are written");
        assertThat(answers.path("rows").intValue()).isEqualTo(2);
        assertThat(value(answers, "accuracy")).isCloseTo(right / 2.0, within(1e-12));
    }

    @Test
    void shouldTakeNoMoreRowsThanWanted() throws IOException {
        JsonNode choice = measure(measure(file(tal()), "choice", 4), "multiple choice");
        assertThat(choice.path("rows").intValue()).isEqualTo(4);
    }

    @Test
    void shouldTellTheRunsOwnReportAgain() {
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            assertThat(model.report().json().path("measures")).hasSizeGreaterThan(8);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"answer_value\"           | \"answer\"            | problems.jsonl:3: no field \"answer_value\"; the row has",
                "\"answer_value\": \"\\w\"  | \"answer_value\": \"E\" | problems.jsonl:3: field \"answer_value\" is \"E\"; allowed are A, B",
                "list\": \\[\\[.*?\\]\\]    | list\": []            | problems.jsonl:3: field \"answer_option_list\" has no option",
                "About \\w+                 | About stars           | field \"knowledge_point_routes\" has \"About stars\" on level 2, none of the"
            })
    void shouldNameFileRowAndField(String from, String to, String says) throws IOException {
        List<String> rows = new ArrayList<>(tal());
        String broken = rows.get(2).replaceFirst(from, to);
        assertThat(broken).isNotEqualTo(rows.get(2));
        rows.set(2, broken);
        Path file = file(rows);
        assertThatThrownBy(() -> measure(file, null, ALL))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(says)
                .message()
                .contains("problems.jsonl:3: ")
                .doesNotContain("\n");
    }

    /** A point without a label is no matter where no points are asked for. */
    @Test
    void shouldGoByTheTaskThatIsWanted() throws IOException {
        Path file = file(tal().stream().map(row -> row.replace("About", "On")).toList());
        assertThat(measure(file, "choice", ALL).json().path("measures")).hasSize(1);
        assertThatThrownBy(() -> measure(file, "answer", ALL))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith("problems.jsonl: no row has what task answer takes");
        assertThatThrownBy(() -> measure(file, "verse", ALL))
                .isInstanceOf(ConfigException.class)
                .hasMessage("task verse is none of jiuzhang, which has knowledge, choice, answer, similar, arithmetic");
        Path other = Files.writeString(folder.resolve("other.jsonl"), "{\"text\": \"one\"}\n");
        assertThatThrownBy(() -> measure(other, null, ALL))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(
                        "other.jsonl:1: no field tells what problems these are; one of \"answer_option_list\"");
    }
}
