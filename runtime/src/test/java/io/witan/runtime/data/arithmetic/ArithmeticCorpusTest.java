package io.witan.runtime.data.arithmetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ArithmeticCorpusTest {
    private static final Pattern EQUATION = Pattern.compile("(\\d+) ([-+*/]) (\\d+) = (\\d+)");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Map<String, Integer> NUMBER_WORDS =
            Map.of("twice", 2, "double", 2, "half", 2, "Half", 2, "triple", 3);

    private static final int CHECKED = 6_000;

    @Test
    void everyAnswerFollowsFromTheQuestion() {
        for (int i = 0; i < CHECKED; i++) {
            check(ArithmeticCorpus.document(11, i));
        }
    }

    /** Works the problem out again from its own text. */
    private static void check(String document) {
        List<String> lines = document.lines().toList();
        int steps = lines.size() - 2;
        assertThat(steps).as(document).isBetween(1, 3);
        assertThat(lines.getFirst()).as(document).endsWith("?");
        List<Integer> known = new ArrayList<>();
        NUMBER.matcher(lines.getFirst()).results().forEach(number -> known.add(Integer.parseInt(number.group())));
        NUMBER_WORDS.forEach((word, value) -> {
            if (lines.getFirst().contains(word)) {
                known.add(value);
            }
        });
        int result = -1;
        for (String line : lines.subList(1, steps + 1)) {
            Matcher equation = EQUATION.matcher(line);
            assertThat(equation.find()).as(document).isTrue();
            int a = Integer.parseInt(equation.group(1));
            int b = Integer.parseInt(equation.group(3));
            result = Integer.parseInt(equation.group(4));
            assertThat(known).as(document).contains(a, b);
            assertThat(result).as(document).isEqualTo(evaluated(a, equation.group(2), b));
            assertThat(result).as(document).isGreaterThanOrEqualTo(2);
            known.add(result);
            assertThat(equation.find()).as(document).isFalse();
        }
        assertThat(lines.getLast()).as(document).isEqualTo("#### " + result);
    }

    private static int evaluated(int a, String op, int b) {
        if (op.equals("/")) {
            assertThat(a % b).isZero();
        }
        return switch (op) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            default -> a / b;
        };
    }

    @Test
    void documentsArePureAndDifferFromEachOther() {
        Set<String> documents = new HashSet<>();
        for (int i = 0; i < CHECKED; i++) {
            String document = ArithmeticCorpus.document(3, i);
            assertThat(ArithmeticCorpus.document(3, i)).isEqualTo(document);
            documents.add(document);
        }
        assertThat(documents.size()).isGreaterThan(CHECKED * 99 / 100);
        assertThat(ArithmeticCorpus.document(4, 0)).isNotEqualTo(ArithmeticCorpus.document(3, 0));
    }

    @Test
    void problemsHaveOneTwoAndThreeSteps() {
        long[] bySteps = new long[4];
        LongStream.range(0, 2000)
                .mapToObj(i -> ArithmeticCorpus.document(5, i))
                .forEach(document -> bySteps[(int) document.lines().count() - 2]++);
        assertThat(bySteps[1]).isGreaterThan(200);
        assertThat(bySteps[2]).isGreaterThan(500);
        assertThat(bySteps[3]).isGreaterThan(200);
    }

    @Test
    void sentencesAreWellFormed() {
        for (int i = 0; i < CHECKED; i++) {
            assertThat(ArithmeticCorpus.document(7, i))
                    .doesNotContain("  ")
                    .doesNotContain("null")
                    .doesNotContainPattern("\\b[01] [a-z]")
                    .doesNotContainPattern("[.?] [a-z]");
        }
    }

    @Test
    void storiesAreOfTwoSorts() {
        Set<String> counting = new HashSet<>();
        Set<String> measure = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            counting.add(ArithmeticCorpus.document(ArithmeticCorpus.Stories.COUNTING, 0, i));
            measure.add(ArithmeticCorpus.document(ArithmeticCorpus.Stories.MEASURE, 0, i));
        }
        assertThat(counting).doesNotContainAnyElementsOf(measure).noneMatch(text -> text.contains(" miles"));
        assertThat(measure).anyMatch(text -> text.contains(" miles")).noneMatch(text -> text.contains(" marbles"));
        assertThat(counting).anyMatch(text -> text.contains(" marbles"));
    }

    /** The corpus never changes: recorded losses and checkpoints' fingerprints depend on it. */
    @Test
    void theCorpusIsTheOneRecorded() {
        int hash = 0;
        for (int i = 0; i < 1000; i++) {
            hash = hash * 31 + ArithmeticCorpus.document(0, i).hashCode();
        }
        assertThat(hash).isEqualTo(747690909);
    }
}
