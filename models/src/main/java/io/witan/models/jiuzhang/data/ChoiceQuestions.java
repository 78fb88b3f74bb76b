package io.witan.models.jiuzhang.data;

import io.witan.runtime.data.arithmetic.Draws;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Generated multiple choice about whole numbers, with answers that are known: four different options, one of which is right.
 * The right one is at each place equally often in the long run. The knowledge points are {@code Arithmetic} and the kind.
 *
 * <p>Options are the results of four questions of one kind, drawn alike, of which one is asked: who knows the options and not the
 * question can only guess.
 */
public final class ChoiceQuestions {
    private static final int OPTIONS = 4;

    private final long seed;
    private final int largest;

    /** What is asked. */
    public enum Kind {
        SUM,
        DIFFERENCE,
        PRODUCT,
        /** a + b - c. */
        TWO_STEPS
    }

    /**
     * What is to be calculated.
     *
     * @param text of it
     * @param key equal for sums of the same numbers in another order; of a product nothing but its other order tells the result
     */
    private record Expression(String text, String key, int result) {}

    /** @param largest number of sums and differences, from 8; products and two steps have numbers up to its half */
    public ChoiceQuestions(long seed, int largest) {
        this.seed = seed;
        this.largest = largest;
    }

    /** The questions {@code 0 .. count - 1}. */
    public List<Problem> questions(int count) {
        return IntStream.range(0, count).mapToObj(this::question).toList();
    }

    /** The question with a number, from 0 on; the same for ever for the same seed and number. Its key is the expression, whatever the options. */
    public Problem question(long index) {
        Draws draws = new Draws(seed, index);
        Kind kind = draws.pick(Kind.values());
        List<Expression> drawn = different(kind, draws);
        int right = draws.between(0, OPTIONS - 1);
        Expression asked = drawn.get(right);
        return new Problem(
                        "choice questions:" + index,
                        Language.ENGLISH,
                        "What is " + asked.text + "?",
                        drawn.stream()
                                .map(expression -> Integer.toString(expression.result))
                                .toList(),
                        right,
                        "",
                        Integer.toString(asked.result),
                        List.of("Arithmetic", kind.name()),
                        List.of(),
                        "")
                .keyedBy(asked.key);
    }

    /** Draws all again if two results are the same: to draw one again would make frequent results right more often than wrong. */
    private List<Expression> different(Kind kind, Draws draws) {
        while (true) {
            List<Expression> drawn = Stream.generate(() -> expression(kind, draws))
                    .limit(OPTIONS)
                    .toList();
            Set<Integer> results = drawn.stream().map(Expression::result).collect(Collectors.toSet());
            if (results.size() == OPTIONS) {
                return drawn;
            }
        }
    }

    private Expression expression(Kind kind, Draws draws) {
        int half = largest / 2;
        return switch (kind) {
            case SUM -> {
                int a = draws.between(1, largest);
                int b = draws.between(1, largest);
                yield sum(a, b, "", a + b);
            }
            case DIFFERENCE -> {
                int b = draws.between(1, largest);
                int a = b + draws.between(1, largest);
                yield new Expression(a + " - " + b, a + " - " + b, a - b);
            }
            case PRODUCT -> {
                int a = draws.between(2, half);
                int b = draws.between(2, half);
                yield new Expression(a + " * " + b, a + " * " + b, a * b);
            }
            case TWO_STEPS -> {
                int a = draws.between(1, half);
                int b = draws.between(1, half);
                int c = draws.between(1, Math.min(half, a + b - 1));
                yield sum(a, b, " - " + c, a + b - c);
            }
        };
    }

    private static Expression sum(int a, int b, String rest, int result) {
        return new Expression(a + " + " + b + rest, Math.min(a, b) + " + " + Math.max(a, b) + rest, result);
    }
}
