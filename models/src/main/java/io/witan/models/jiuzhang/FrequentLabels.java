package io.witan.models.jiuzhang;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Tells one of the labels that training had, without the lead that frequent ones have from being frequent: the likelihood of each is divided
 * by a power of its share. The power 1 is what serves the mean over labels best (Menon et al., Long-tail learning via logit adjustment, ICLR
 * 2021, section 4.1), 0 what serves the mean over rows.
 */
final class FrequentLabels {
    private final int[] ids;
    private final double[] lead;

    /**
     * @param trained label of each row of training; at least one
     * @param power from 0 to 1
     */
    FrequentLabels(int[] trained, double power) {
        Map<Integer, Long> counts = IntStream.of(trained)
                .boxed()
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        ids = counts.keySet().stream().mapToInt(Integer::intValue).toArray();
        lead = counts.values().stream()
                .mapToDouble(count -> power * Math.log((double) count / trained.length))
                .toArray();
    }

    /** Ascending. Not to be changed. */
    int[] ids() {
        return ids;
    }

    /** @param logits of {@link #ids} */
    int told(float[] logits) {
        int best = 0;
        for (int i = 1; i < ids.length; i++) {
            best = logits[i] - lead[i] > logits[best] - lead[best] ? i : best;
        }
        return ids[best];
    }
}
