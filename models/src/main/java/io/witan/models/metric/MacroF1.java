package io.witan.models.metric;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The mean of the classes' F1, each class counting the same, over the classes that are true or told anywhere. */
public final class MacroF1 {
    private MacroF1() {}

    /**
     * F1 = 2 TP / (2 TP + FP + FN) of each class, averaged; 0 without rows.
     *
     * @param truth class of each row
     * @param told likewise
     */
    public static double of(int[] truth, int[] told) {
        Proportion.requireSameLength(truth.length, told.length);
        Map<Integer, Integer> right = new HashMap<>();
        Map<Integer, Integer> wrong = new HashMap<>();
        Set<Integer> classes = new HashSet<>();
        for (int i = 0; i < truth.length; i++) {
            classes.add(truth[i]);
            classes.add(told[i]);
            if (truth[i] == told[i]) {
                right.merge(truth[i], 1, Integer::sum);
            } else {
                wrong.merge(truth[i], 1, Integer::sum);
                wrong.merge(told[i], 1, Integer::sum);
            }
        }
        return classes.stream()
                .mapToDouble(name -> {
                    double twice = 2.0 * right.getOrDefault(name, 0);
                    return twice / (twice + wrong.getOrDefault(name, 0));
                })
                .average()
                .orElse(0);
    }

    /** With the interval of rows drawn again. */
    public static Interval interval(int[] truth, int[] told, Bootstrap bootstrap) {
        return bootstrap.interval(truth.length, rows -> of(taken(truth, rows), taken(told, rows)));
    }

    private static int[] taken(int[] values, int[] rows) {
        return IntStream.of(rows).map(row -> values[row]).toArray();
    }
}
