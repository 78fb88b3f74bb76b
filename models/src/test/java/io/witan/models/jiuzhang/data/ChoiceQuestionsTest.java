package io.witan.models.jiuzhang.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ChoiceQuestionsTest {
    private static final Pattern EXPRESSION = Pattern.compile("What is (\\d+) ([+*-]) (\\d+)(?: - (\\d+))?\\?");
    private static final List<Problem> QUESTIONS = new ChoiceQuestions(3, 20).questions(4000);

    private static int result(String text) {
        Matcher matcher = EXPRESSION.matcher(text);
        assertThat(matcher.matches()).as(text).isTrue();
        int a = Integer.parseInt(matcher.group(1));
        int b = Integer.parseInt(matcher.group(3));
        int c = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
        return switch (matcher.group(2)) {
            case "+" -> a + b - c;
            case "-" -> a - b;
            default -> a * b;
        };
    }

    @Test
    void exactlyOneOptionIsRight() {
        for (Problem problem : QUESTIONS) {
            assertThat(problem.options()).hasSize(4).doesNotHaveDuplicates();
            assertThat(problem.options().get(problem.right())).isEqualTo(Integer.toString(result(problem.text())));
            assertThat(problem.answer()).isEqualTo(problem.options().get(problem.right()));
        }
    }

    @Test
    void kindsAndPlacesAreEven() {
        Map<String, Integer> kinds = new HashMap<>();
        Map<Integer, Integer> places = new HashMap<>();
        for (Problem problem : QUESTIONS) {
            kinds.merge(problem.knowledgePoint(2), 1, Integer::sum);
            places.merge(problem.right(), 1, Integer::sum);
        }
        assertThat(kinds).hasSize(4);
        assertThat(kinds.values()).allMatch(count -> Math.abs(count - 4000 / 4) < 140);
        assertThat(places.values()).hasSize(4).allMatch(count -> Math.abs(count - 1000) < 140);
    }

    /** Each place among the sorted options is right as often as a guess, and the option that is right most often in training no oftener. */
    @Test
    void optionsAloneSayNothing() {
        ProblemSplit split = ProblemSplit.of(new ChoiceQuestions(3, 20).questions(20_000), 0.1, 1);
        Map<String, Integer> frequency = new HashMap<>();
        split.train()
                .forEach(problem -> frequency.merge(problem.knowledgePoint(2) + problem.answer(), 1, Integer::sum));
        int[] right = new int[5];
        for (Problem problem : split.train()) {
            int result = Integer.parseInt(problem.answer());
            right[
                    (int) problem.options().stream()
                            .filter(option -> Integer.parseInt(option) < result)
                            .count()]++;
        }
        for (Problem problem : split.heldBack()) {
            String frequent = problem.options().stream()
                    .max(Comparator.comparing(option -> frequency.getOrDefault(problem.knowledgePoint(2) + option, 0)))
                    .orElseThrow();
            right[4] += frequent.equals(problem.answer()) ? 1 : 0;
        }
        for (int place = 0; place < 4; place++) {
            assertThat((double) right[place] / split.train().size()).isCloseTo(0.25, within(0.015));
        }
        assertThat((double) right[4] / split.heldBack().size())
                .as("results of what is held back are rarer in training")
                .isLessThan(0.27);
    }

    @Test
    void aQuestionIsTheSameForEver() {
        assertThat(new ChoiceQuestions(3, 20).question(17)).isEqualTo(QUESTIONS.get(17));
        assertThat(new ChoiceQuestions(4, 20).questions(50)).isNotEqualTo(QUESTIONS.subList(0, 50));
    }

    @Test
    void numbersAreAsLargeAsAskedFor() {
        for (Problem problem : new ChoiceQuestions(3, 12).questions(2000)) {
            Matcher matcher = EXPRESSION.matcher(problem.text());
            if (matcher.matches()) {
                int a = Integer.parseInt(matcher.group(1));
                int b = Integer.parseInt(matcher.group(3));
                assertThat(b).isBetween(1, 12);
                switch (matcher.group(2)) {
                    case "+" -> assertThat(a).isBetween(1, matcher.group(4) == null ? 12 : 6);
                    case "-" -> assertThat(a - b).isBetween(1, 12);
                    default -> assertThat(a * b).isBetween(4, 36);
                }
            }
        }
    }

    /** The expression of a question; a sum's first two numbers in order. */
    private static Stream<String> expressions(List<Problem> problems) {
        return problems.stream()
                .map(problem -> EXPRESSION.matcher(problem.text()))
                .filter(Matcher::matches)
                .map(matcher -> {
                    int a = Integer.parseInt(matcher.group(1));
                    int b = Integer.parseInt(matcher.group(3));
                    boolean swapped = matcher.group(2).equals("+") && a > b;
                    return (swapped ? b : a) + matcher.group(2) + (swapped ? a : b) + "-" + matcher.group(4);
                });
    }

    @Test
    void anExpressionIsOnOneSideOfASplitWhateverItsOptionsAndASumWhateverItsOrder() {
        ProblemSplit split = ProblemSplit.of(QUESTIONS, 0.2, 1);
        assertThat(expressions(split.heldBack()))
                .hasSizeGreaterThan(200)
                .doesNotContainAnyElementsOf(expressions(split.train()).toList());
    }
}
