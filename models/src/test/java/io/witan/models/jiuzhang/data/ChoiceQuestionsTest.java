package io.witan.models.jiuzhang.data;

import static org.assertj.core.api.Assertions.assertThat;

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

    private static boolean isRight(String text, int value, List<Integer> all) {
        Matcher matcher = EXPRESSION.matcher(text);
        if (matcher.matches()) {
            int a = Integer.parseInt(matcher.group(1));
            int b = Integer.parseInt(matcher.group(3));
            int c = matcher.group(4) == null ? 0 : Integer.parseInt(matcher.group(4));
            return value + c
                    == switch (matcher.group(2)) {
                        case "+" -> a + b;
                        case "-" -> a - b;
                        default -> a * b;
                    };
        }
        return switch (text) {
            case "Which number is even?" -> value % 2 == 0;
            case "Which number is a multiple of 5?" -> value % 5 == 0;
            case "Which number is the greatest?" -> all.stream().allMatch(other -> other <= value);
            default -> throw new AssertionError(text);
        };
    }

    @Test
    void exactlyOneOptionIsRight() {
        for (Problem problem : QUESTIONS) {
            List<Integer> values =
                    problem.options().stream().map(Integer::valueOf).toList();
            assertThat(values).hasSize(4).doesNotHaveDuplicates();
            for (int option = 0; option < 4; option++) {
                assertThat(isRight(problem.text(), values.get(option), values))
                        .as(problem.toString())
                        .isEqualTo(option == problem.right());
            }
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
        assertThat(kinds).hasSize(7);
        assertThat(kinds.values()).allMatch(count -> Math.abs(count - 4000 / 7) < 120);
        assertThat(places.values()).hasSize(4).allMatch(count -> Math.abs(count - 1000) < 140);
    }

    /** Otherwise the middle options would be right more often, and who cannot calculate would gain by that. */
    @Test
    void theResultIsSmallestToGreatestOfTheOptionsEquallyOften() {
        Map<Long, Integer> places = new HashMap<>();
        int computed = 0;
        for (Problem problem : new ChoiceQuestions(3, 60).questions(6000)) {
            int result = Integer.parseInt(problem.answer());
            if (EXPRESSION.matcher(problem.text()).matches() && result >= 3) {
                places.merge(
                        problem.options().stream()
                                .filter(option -> Integer.parseInt(option) < result)
                                .count(),
                        1,
                        Integer::sum);
                computed++;
            }
        }
        double expected = computed / 4.0;
        assertThat(places).hasSize(4);
        assertThat(places.values()).allMatch(count -> Math.abs(count - expected) < 0.1 * expected);
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

    /** The expression of a question with its first two numbers in order, where that is all the same. */
    private static Stream<String> expressions(List<Problem> problems) {
        return problems.stream()
                .map(problem -> EXPRESSION.matcher(problem.text()))
                .filter(Matcher::matches)
                .map(matcher -> {
                    int a = Integer.parseInt(matcher.group(1));
                    int b = Integer.parseInt(matcher.group(3));
                    boolean swapped = !matcher.group(2).equals("-") && a > b;
                    return (swapped ? b : a) + matcher.group(2) + (swapped ? a : b) + "-" + matcher.group(4);
                });
    }

    @Test
    void anExpressionIsOnOneSideOfASplitWhateverItsOptionsAndOrder() {
        ProblemSplit split = ProblemSplit.of(QUESTIONS, 0.2, 1);
        assertThat(expressions(split.heldBack()))
                .hasSizeGreaterThan(200)
                .doesNotContainAnyElementsOf(expressions(split.train()).toList());
    }
}
