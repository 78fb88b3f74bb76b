package io.witan.models.jiuzhang.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ChoiceQuestionsTest {
    private static final Pattern EXPRESSION = Pattern.compile("What is (\\d+) ([+*-]) (\\d+)\\?");
    private static final List<Problem> QUESTIONS = ChoiceQuestions.questions(3, 4000);

    private static boolean isRight(String text, int value, List<Integer> all) {
        Matcher matcher = EXPRESSION.matcher(text);
        if (matcher.matches()) {
            int a = Integer.parseInt(matcher.group(1));
            int b = Integer.parseInt(matcher.group(3));
            return value
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
        assertThat(kinds).hasSize(6);
        assertThat(kinds.values()).allMatch(count -> Math.abs(count - 4000 / 6) < 120);
        assertThat(places.values()).hasSize(4).allMatch(count -> Math.abs(count - 1000) < 140);
    }

    @Test
    void aQuestionIsTheSameForEver() {
        assertThat(ChoiceQuestions.question(3, 17)).isEqualTo(QUESTIONS.get(17));
        assertThat(ChoiceQuestions.questions(4, 50)).isNotEqualTo(QUESTIONS.subList(0, 50));
    }

    @Test
    void anExpressionIsOnOneSideOfASplitWhateverItsOptions() {
        ProblemSplit split = ProblemSplit.of(QUESTIONS, 0.2, 1);
        List<String> trained = split.train().stream()
                .map(Problem::text)
                .filter(text -> EXPRESSION.matcher(text).matches())
                .toList();
        assertThat(split.heldBack().stream()
                        .map(Problem::text)
                        .filter(text -> EXPRESSION.matcher(text).matches()))
                .isNotEmpty()
                .doesNotContainAnyElementsOf(trained);
    }
}
