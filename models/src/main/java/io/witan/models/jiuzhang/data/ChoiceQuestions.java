package io.witan.models.jiuzhang.data;

import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Generated multiple choice about whole numbers, with answers that are known: four different options, one of which is right.
 * The right one is at each place equally often in the long run. The knowledge points are {@code Arithmetic} and the kind.
 */
public final class ChoiceQuestions {
    private static final int OPTIONS = 4;

    /** What is asked. */
    public enum Kind {
        SUM,
        DIFFERENCE,
        PRODUCT,
        EVEN,
        MULTIPLE_OF_FIVE,
        GREATEST
    }

    private ChoiceQuestions() {}

    /** The question with a number, from 0 on; the same for ever for the same seed and number. */
    public static Problem question(long seed, long index) {
        Draws draws = new Draws(seed, index);
        Kind kind = draws.pick(Kind.values());
        return switch (kind) {
            case SUM -> {
                int a = draws.between(1, 20);
                int b = draws.between(1, 20);
                yield computed(index, kind, a + " + " + b, a + b, draws);
            }
            case DIFFERENCE -> {
                int b = draws.between(1, 20);
                int a = b + draws.between(1, 20);
                yield computed(index, kind, a + " - " + b, a - b, draws);
            }
            case PRODUCT -> {
                int a = draws.between(2, 9);
                int b = draws.between(2, 9);
                yield computed(index, kind, a + " * " + b, a * b, draws);
            }
            case EVEN -> chosen(index, kind, "Which number is even?", value -> value % 2 == 0, draws);
            case MULTIPLE_OF_FIVE ->
                chosen(index, kind, "Which number is a multiple of 5?", value -> value % 5 == 0, draws);
            case GREATEST -> greatest(index, draws);
        };
    }

    /** The questions {@code 0 .. count - 1}. */
    public static List<Problem> questions(long seed, int count) {
        return IntStream.range(0, count)
                .mapToObj(index -> question(seed, index))
                .toList();
    }

    /** Wrong options lie within 10 of the result. Its key is the expression, whatever the options. */
    private static Problem computed(long index, Kind kind, String expression, int result, Draws draws) {
        List<Integer> wrong = new ArrayList<>();
        while (wrong.size() < OPTIONS - 1) {
            int value = result + draws.between(-10, 10);
            if (value > 0 && value != result && !wrong.contains(value)) {
                wrong.add(value);
            }
        }
        String text = "What is " + expression + "?";
        return problem(index, kind, text, result, wrong, draws).keyedBy(text);
    }

    /** One number of a property, the others without. */
    private static Problem chosen(long index, Kind kind, String text, IntPredicate property, Draws draws) {
        List<Integer> wrong = new ArrayList<>();
        while (wrong.size() < OPTIONS - 1) {
            int value = draws.between(10, 99);
            if (!property.test(value) && !wrong.contains(value)) {
                wrong.add(value);
            }
        }
        int right = draws.between(10, 99);
        while (!property.test(right)) {
            right = draws.between(10, 99);
        }
        return problem(index, kind, text, right, wrong, draws);
    }

    private static Problem greatest(long index, Draws draws) {
        List<Integer> values = new ArrayList<>();
        while (values.size() < OPTIONS) {
            int value = draws.between(1, 99);
            if (!values.contains(value)) {
                values.add(value);
            }
        }
        Integer right = Collections.max(values);
        values.remove(right);
        return problem(index, Kind.GREATEST, "Which number is the greatest?", right, values, draws);
    }

    /** Its key has the options, in which questions of the same words differ. */
    private static Problem problem(long index, Kind kind, String text, int right, List<Integer> wrong, Draws draws) {
        int place = draws.between(0, OPTIONS - 1);
        List<String> options =
                new ArrayList<>(wrong.stream().map(String::valueOf).toList());
        options.add(place, String.valueOf(right));
        return new Problem(
                "choice questions:" + index,
                Language.ENGLISH,
                text,
                options,
                place,
                "",
                String.valueOf(right),
                List.of("Arithmetic", kind.name()),
                List.of(),
                Problem.keyOf(text + String.join("|", options.stream().sorted().toList())));
    }
}
