package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.family.EndReport;
import io.witan.models.family.RowsToMeasure;
import io.witan.models.jiuzhang.JiuZhang;
import io.witan.models.jiuzhang.PlainMeasures;
import io.witan.models.jiuzhang.SmallProblems;
import io.witan.models.jiuzhang.data.Language;
import io.witan.models.jiuzhang.refine.Draft;
import io.witan.models.jiuzhang.refine.Refinement;
import io.witan.models.jiuzhang.refine.SolutionWriter;
import io.witan.runtime.data.DataException;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a trained model, put right by a writer that can add, or by a trained text model. */
class RefinedProblemsTest {
    private static final int ROWS = 6;
    private static final Pattern SUM = Pattern.compile("Number \\d+: (\\d+) and (\\d+) (\\w+), how many\\?");

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
        recipe = JiuZhangRecipeTest.recipe(problems, "checkpoint.vault=false", "train.eval_interval=0");
        TrainedRanks.train(recipe, Topology.of(1), run);
    }

    /** Adds what a question asks to add; keeps what it was asked. */
    private static final class Adder implements SolutionWriter {
        private final List<Draft> drafts = new CopyOnWriteArrayList<>();

        @Override
        public String write(Draft draft) {
            drafts.add(draft);
            Matcher sum = SUM.matcher(draft.problem().question());
            assertThat(sum.matches()).as("%s", draft).isTrue();
            return "We add.\nAnswer: " + (Integer.parseInt(sum.group(1)) + Integer.parseInt(sum.group(2)));
        }

        @Override
        public int callsAtOnce() {
            return 3;
        }
    }

    private Path sums() throws IOException {
        return Files.write(
                folder.resolve("sums.jsonl"),
                IntStream.range(0, ROWS)
                        .mapToObj(row -> "{\"question\": \"Number 9" + row + ": " + (row + 3)
                                + " and 4 pears, how many?\", \"answer\": \"Add.\\n#### " + (row + 7) + "\"}")
                        .toList());
    }

    private static EndReport refine(Path file, SolutionWriter writer, int rounds, int examples) {
        try (TrainedJiuZhang model = TrainedJiuZhang.open(run, 1)) {
            return model.refine(
                    new RowsToMeasure(file, Optional.empty(), ROWS), writer, new Refinement.Settings(rounds, examples));
        }
    }

    @Test
    void aWriterThatCanAddPutsAllRight() throws IOException {
        Adder adder = new Adder();
        EndReport report = refine(sums(), adder, 3, 2);
        JsonNode measure = report.json().at("/measures/0");
        assertThat(measure.path("rows").intValue()).isEqualTo(ROWS);
        assertThat(measure.at("/accuracy of drafts/value").doubleValue()).isZero();
        assertThat(measure.at("/accuracy/value").doubleValue()).isOne();
        assertThat(measure.at("/gain/value").doubleValue()).isOne();
        assertThat(measure.at("/calls a row/value").doubleValue()).isEqualTo(2);
        assertThat(report.lines()).singleElement().asString().startsWith("answers refined in 3 rounds at most");
        JsonNode problem = report.json().at("/problems/0");
        assertThat(problem.at("/refined/answer").textValue())
                .isEqualTo(problem.path("expected").textValue());
        assertThat(problem.path("end").textValue()).isEqualTo("stable");
    }

    @Test
    void examplesAreOtherSolvedProblemsOfTheLanguageAndTheLikestStandLast() throws IOException {
        Adder adder = new Adder();
        refine(sums(), adder, 1, 40);
        assertThat(adder.drafts).hasSize(ROWS).allSatisfy(draft -> {
            assertThat(draft.language()).isEqualTo(Language.ENGLISH);
            assertThat(draft.examples()).hasSize(40).doesNotHaveDuplicates().allSatisfy(example -> {
                assertThat(example.question()).isNotEqualTo(draft.problem().question());
                assertThat(example.question()).matches("\\p{ASCII}+");
                assertThat(example.solution().text()).isNotEmpty();
            });
        });
        try (TrainedFamily<?, ?> model = TrainedFamily.open(run, 1)) {
            PlainMeasures plain = new PlainMeasures(
                    (JiuZhang) model.instance().model(),
                    recipe.data(),
                    recipe.jiuzhang().orElseThrow(),
                    recipe.model().seqLen() - 1);
            for (Draft draft : adder.drafts) {
                assertThat(draft.examples().getLast().question())
                        .isEqualTo(plain.nearest(
                                draft.problem().question(),
                                draft.problem().solution().text()));
            }
        }
    }

    @Test
    void aTextModelIsAWriterToo() throws IOException {
        Path text = folder.resolve("text");
        TrainedRanks.train(SameNumbersTest.recipe("train.steps=2"), Topology.of(1), text);
        try (TrainedModel model = TrainedModel.open(text, 1)) {
            JsonNode measure =
                    refine(sums(), new CheckpointWriter(model, 5), 1, 1).json().at("/measures/0");
            assertThat(measure.at("/calls a row/value").doubleValue()).isOne();
            assertThat(measure.at("/without an answer/value").doubleValue())
                    .as("it has learned nothing")
                    .isOne();
        }
    }

    @Test
    void rowsThatCannotBeUsedAreRefused() throws IOException {
        Path choice = Files.write(folder.resolve("choice.jsonl"), List.of(SmallProblems.tal(1)));
        assertThatThrownBy(() -> refine(choice, new Adder(), 1, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("choice.jsonl: no row is an open question");
        Path broken = Files.write(folder.resolve("broken.jsonl"), List.of("{\"question\": \"1 + 1?\"}"));
        assertThatThrownBy(() -> refine(broken, new Adder(), 1, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("broken.jsonl:1: no field \"answer\"");
    }
}
