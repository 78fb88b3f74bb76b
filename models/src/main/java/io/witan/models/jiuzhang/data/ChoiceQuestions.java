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
    /** How far wrong options are from a result at most. */
    private static final int NEAR = 10;

    private final long seed;
    private final int largest;

    /** What is asked. */
    public enum Kind {
        SUM,
        DIFFERENCE,
        PRODUCT,
        TWO_STEPS,
        EVEN,
        MULTIPLE_OF_FIVE,
        GREATEST
    }

    /** @param largest number of sums and differences, from 4; products and two steps have numbers up to its half */
    public ChoiceQuestions(long seed, int largest) {
        this.seed = seed;
        this.largest = largest;
    }

    /** The questions {@code 0 .. count - 1}. */
    public List<Problem> questions(int count) {
        return IntStream.range(0, count).mapToObj(this::question).toList();
    }

    /** The question with a number, from 0 on; the same for ever for the same seed and number. */
    public Problem question(long index) {
        Draws draws = new Draws(seed, index);
        Kind kind = draws.pick(Kind.values());
        return switch (kind) {
            case SUM -> sum(index, draws);
            case DIFFERENCE -> {
                int b = draws.between(1, largest);
                int a = b + draws.between(1, largest);
                yield computed(index, kind, a + " - " + b, a - b, draws);
            }
            case PRODUCT -> product(index, draws);
            case TWO_STEPS -> twoSteps(index, draws);
            case EVEN -> chosen(index, kind, "Which number is even?", value -> value % 2 == 0, draws);
            case MULTIPLE_OF_FIVE ->
                chosen(index, kind, "Which number is a multiple of 5?", value -> value % 5 == 0, draws);
            case GREATEST -> greatest(index, draws);
        };
    }

    private Problem sum(long index, Draws draws) {
        int a = draws.between(1, largest);
        int b = draws.between(1, largest);
        return computed(index, Kind.SUM, a + " + " + b, a + b, draws).keyedBy(Math.min(a, b) + " + " + Math.max(a, b));
    }

    private Problem product(long index, Draws draws) {
        int a = draws.between(2, largest / 2);
        int b = draws.between(2, largest / 2);
        return computed(index, Kind.PRODUCT, a + " * " + b, a * b, draws)
                .keyedBy(Math.min(a, b) + " * " + Math.max(a, b));
    }

    private Problem twoSteps(long index, Draws draws) {
        int a = draws.between(1, largest / 2);
        int b = draws.between(1, largest / 2);
        int c = draws.between(1, Math.min(largest / 2, a + b - 1));
        return computed(index, Kind.TWO_STEPS, a + " + " + b + " - " + c, a + b - c, draws)
                .keyedBy(Math.min(a, b) + " + " + Math.max(a, b) + " - " + c);
    }

    /**
     * Its key is the expression, whatever the options. As many wrong ones are below the result in one question as in another, as far as there are numbers from 0 on: so
     * options alone say nothing.
     */
    private static Problem computed(long index, Kind kind, String expression, int result, Draws draws) {
        int below = Math.min(result, draws.between(0, OPTIONS - 1));
        List<Integer> wrong = new ArrayList<>();
        while (wrong.size() < OPTIONS - 1) {
            int distance = draws.between(1, NEAR);
            int value = wrong.size() < below ? result - distance : result + distance;
            if (value >= 0 && !wrong.contains(value)) {
                wrong.add(value);
            }
        }
        return problem(index, kind, "What is " + expression + "?", result, shuffled(wrong, draws), draws)
                .keyedBy(expression);
    }

    private static List<Integer> shuffled(List<Integer> values, Draws draws) {
        for (int i = values.size() - 1; i > 0; i--) {
            Collections.swap(values, i, draws.between(0, i));
        }
        return values;
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
