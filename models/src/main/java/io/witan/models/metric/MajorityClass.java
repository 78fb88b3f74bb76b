package io.witan.models.metric;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The baseline that says the same of everything: the class that is most frequent in training, of equal ones the least. */
public final class MajorityClass {
    private MajorityClass() {}

    /** @param truth classes of the rows of training; at least one */
    public static int of(int[] truth) {
        Map<Integer, Integer> counts = new HashMap<>();
        Arrays.stream(truth).forEach(name -> counts.merge(name, 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Map.Entry.<Integer, Integer>comparingByValue().thenComparing(entry -> -entry.getKey()))
                .orElseThrow()
                .getKey();
    }

    /** The class for so many rows. */
    public static int[] told(int[] truth, int rows) {
        int[] told = new int[rows];
        Arrays.fill(told, of(truth));
        return told;
    }
}
