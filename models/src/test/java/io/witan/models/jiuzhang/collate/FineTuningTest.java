package io.witan.models.jiuzhang.collate;

import static io.witan.models.jiuzhang.collate.SmallVocabulary.BYTES;
import static io.witan.models.jiuzhang.collate.SmallVocabulary.choice;
import static io.witan.models.jiuzhang.collate.SmallVocabulary.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.jiuzhang.collate.KnowledgePoints.Levels;
import io.witan.models.jiuzhang.data.Problem;
import io.witan.models.jiuzhang.data.ProblemSplit;
import io.witan.models.jiuzhang.text.LabelSet;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FineTuningTest {
    private static final Levels LEVELS = new Levels(2, 1);
    private static final List<Problem> QUESTIONS = IntStream.range(0, 30)
            .mapToObj(i -> problem("Question " + i, "so " + i, List.of("Wide", "Point " + i % 3)))
            .toList();

    private static String text(int[] ids) {
        return BYTES.decode(ids);
    }

    @Test
    void theKnowledgePointIsToldAtTheStart() {
        KnowledgePoints task = new KnowledgePoints(BYTES, LEVELS, 100);
        Row row = task.row(QUESTIONS.get(4));
        assertThat(text(row.input())).isEqualTo(Task.KNOWLEDGE.prompt() + "Question 4");
        assertThat(row.input()[0]).isEqualTo(BYTES.start());
        assertThat(row.targets()[0]).isEqualTo(BYTES.labels("knowledge").id("Point 1"));
        assertThat(row.targetCount()).isOne();
        assertThat(row.side()).isEqualTo(Side.UNDERSTANDING);
        assertThat(task.takes(problem("x", "", List.of("Wide")))).isFalse();
        assertThat(task.takes(problem("x", "", List.of("Wide", "Unseen")))).isFalse();
        assertThatThrownBy(() -> task.row(problem("x", "", List.of("Wide", "Unseen"))))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("knowledge: label \"Unseen\" is not among the 3");
        assertThat(LEVELS.names(QUESTIONS)).containsExactly("Point 0", "Point 1", "Point 2");
    }

    @Test
    void optionsStandBehindTheirLetters() {
        MultipleChoice task = new MultipleChoice(Task.CHOICE, BYTES, 100);
        LabelSet letters = BYTES.labels("choice");
        Row row = task.row(choice("What is it?", 2, "one", "two", "3"));
        assertThat(row.targets()[0]).isEqualTo(letters.id("C"));
        assertThat(text(row.input())).isEqualTo(Task.CHOICE.prompt() + "What is it?onetwo3");
        int[] input = row.input();
        int[] marks = Arrays.stream(input)
                .filter(id -> id >= letters.firstId() && id < letters.endId())
                .toArray();
        assertThat(marks).containsExactly(letters.id("A"), letters.id("B"), letters.id("C"));
        assertThat(input[input.length - 2]).isEqualTo(letters.id("C"));
        assertThat(task.takes(choice("What?", 0, "one")))
                .as("one option is no choice")
                .isFalse();
        assertThat(task.takes(choice("What?", 0, "x".repeat(60), "y".repeat(60))))
                .as("too long")
                .isFalse();
        // A long question is cut, options never.
        Row cut = task.row(choice("word ".repeat(40), 1, "first", "last"));
        assertThat(cut.input()).hasSizeLessThanOrEqualTo(101);
        assertThat(text(cut.input())).endsWith("firstlast");
    }

    @Test
    void anOptionOfOneTokenIsToldItself() {
        MultipleChoice task = new MultipleChoice(Task.ARITHMETIC, BYTES, 100);
        Row row = task.row(choice("3 + 4?", 1, "6", "7", "8"));
        assertThat(row.task()).isEqualTo(Task.ARITHMETIC);
        assertThat(text(row.input())).isEqualTo(Task.ARITHMETIC.prompt() + "3 + 4?678");
        assertThat(row.targetCount()).isOne();
        assertThat(text(new int[] {row.targets()[0]})).isEqualTo("7");
        assertThat(text(task.options(choice("3 + 4?", 1, "6", "7", "8")))).isEqualTo("678");
        // The right option being one token must not say that it is right.
        LabelSet letters = BYTES.labels("choice");
        assertThat(task.row(choice("3 + 4?", 1, "16", "7")).targets()[0]).isEqualTo(letters.id("B"));
        assertThat(task.options(choice("3 + 4?", 1, "16", "7"))).containsExactly(letters.id("A"), letters.id("B"));
    }

    @Test
    void theSolutionAndTheAnswerAreWritten() {
        AnswerGeneration task = new AnswerGeneration(BYTES, 60);
        Row row = task.row(problem("How many?", "3 + 4 = 7"));
        assertThat(row.side()).isEqualTo(Side.GENERATION);
        assertThat(text(row.targets())).isEqualTo("3 + 4 = 77");
        assertThat(row.targets()[row.targets().length - 1]).isEqualTo(BYTES.end());
        assertThat(row.targets()[9]).isEqualTo(BYTES.separator());
        assertThat(row.decoder()[0]).isEqualTo(BYTES.start());
        assertThat(Arrays.copyOfRange(row.decoder(), 1, row.decoder().length))
                .isEqualTo(Arrays.copyOf(row.targets(), row.targets().length - 1));
        assertThat(task.answer(row.targets())).isEqualTo("7");
        assertThat(task.answer(task.row(problem("How many?", "")).targets())).isEqualTo("7");
        assertThat(task.takes(problem("How?", "y".repeat(70)))).isFalse();
        assertThat(task.takes(choice("What?", 0, "a", "b"))).isFalse();
    }

    @Test
    void halfOfTheQuestionsAreSimilar() {
        SimilarQuestions task = new SimilarQuestions(BYTES, LEVELS, QUESTIONS, 100);
        int yes = 0;
        for (int index = 0; index < 2000; index++) {
            Problem query = QUESTIONS.get(index % 30);
            Row row = task.row(query, new Draws(1, index));
            boolean same = row.targets()[0] == task.labels().id("yes");
            int separator = IntStream.range(0, row.input().length)
                    .filter(i -> row.input()[i] == BYTES.separator())
                    .findFirst()
                    .orElseThrow();
            String first = text(Arrays.copyOf(row.input(), separator))
                    .substring(Task.SIMILAR.prompt().length());
            String second = text(Arrays.copyOfRange(row.input(), separator, row.input().length));
            assertThat(second).isNotEqualTo(first);
            assertThat(number(first) % 3 == number(second) % 3).isEqualTo(same);
            yes += same ? 1 : 0;
        }
        assertThat(yes / 2000.0).isCloseTo(0.5, within(0.05));
        assertThat(task.takes(problem("alone", "", List.of("Wide", "Point 9")))).isFalse();
        List<Problem> candidates = task.candidates(QUESTIONS.get(0), 9, new Draws(2, 2));
        assertThat(candidates).hasSize(10).doesNotHaveDuplicates().doesNotContain(QUESTIONS.get(0));
        assertThat(candidates.stream().map(c -> c.knowledgePoint(2).equals("Point 0")))
                .containsExactly(true, false, false, false, false, false, false, false, false, false);
    }

    @Test
    void aTextOfSeveralKnowledgePointsIsPairedWithNothing() {
        List<Problem> bank = List.of(
                problem("Twice", "", List.of("Wide", "Left")),
                problem("Twice", "", List.of("Wide", "Right")),
                problem("Query", "", List.of("Wide", "Left")),
                problem("Other", "", List.of("Wide", "Left")),
                problem("Far", "", List.of("Wide", "Right")));
        SimilarQuestions task = new SimilarQuestions(BYTES, LEVELS, bank, 100);
        for (int index = 0; index < 50; index++) {
            Draws draws = new Draws(3, index);
            assertThat(task.similar(bank.get(2), draws)).isEqualTo(bank.get(3));
            assertThat(task.different(bank.get(2), draws)).isEqualTo(bank.get(4));
            assertThat(task.different(bank.get(0), draws)).isEqualTo(bank.get(4));
        }
        assertThatThrownBy(() -> task.candidates(bank.get(2), 2, new Draws(1, 1)))
                .isInstanceOf(DataException.class)
                .hasMessageEndingWith(
                        "is to be ranked against 2 questions of other knowledge points; there are 1 in its language");
    }

    private static int number(String question) {
        return Integer.parseInt(question.replaceAll("\\D", ""));
    }

    @Test
    void tasksAreMixedByTheirSizesToThePowerAlpha() {
        List<Problem> all = new ArrayList<>(QUESTIONS);
        IntStream.range(0, 120)
                .mapToObj(i -> choice("Choice " + i, i % 2, "a", "b"))
                .forEach(all::add);
        ProblemSplit split = ProblemSplit.of(all, 0.2, 4);
        List<FineTuningTask> tasks =
                List.of(new KnowledgePoints(BYTES, LEVELS, 100), new MultipleChoice(Task.CHOICE, BYTES, 100));
        FineTuningSource source = new FineTuningSource(
                tasks.stream()
                        .map(task -> new FineTuningSource.Part(task, split))
                        .toList(),
                0.5,
                9);
        double points =
                Math.sqrt(split.train().stream().filter(tasks.get(0)::takes).count());
        double choices =
                Math.sqrt(split.train().stream().filter(tasks.get(1)::takes).count());
        Map<Task, Integer> counts = new HashMap<>();
        for (int row = 0; row < 2000; row++) {
            counts.merge(source.train(row).task(), 1, Integer::sum);
        }
        assertThat((double) counts.get(Task.CHOICE)).isCloseTo(2000 * choices / (points + choices), within(2.0));
        assertThat(source.train(77)).isEqualTo(source.train(77));
        assertThat(source.validation(0).task()).isEqualTo(Task.KNOWLEDGE);
        assertThat(source.validation(1).task()).isEqualTo(Task.CHOICE);
    }
}
