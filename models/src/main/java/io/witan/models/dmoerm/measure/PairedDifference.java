package io.witan.models.dmoerm.measure;

import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.metric.Bootstrap;
import io.witan.models.metric.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** How many more pairs one model orders rightly than another, of the same pairs. */
public final class PairedDifference {
    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 1);

    private PairedDifference() {}

    /**
     * The difference of two accuracies. Prompts are drawn with all their pairs, as pairs of a prompt are not independent.
     *
     * @param margins [pairs] of the model: reward of the first response less that of the second
     * @param rival [pairs] of the other
     * @param label which label counts; pairs without a winner are left out. At least one has a winner
     */
    public static Interval of(
            List<PreferencePair> pairs, double[] margins, double[] rival, Function<PairLabels, Winner> label) {
        Map<List<Integer>, Sum> byPrompt = new LinkedHashMap<>();
        for (int i = 0; i < margins.length; i++) {
            Winner winner = label.apply(pairs.get(i).labels());
            if (winner.isDecided()) {
                Sum sum = byPrompt.computeIfAbsent(prompt(pairs.get(i)), _ -> new Sum());
                sum.difference += right(winner, margins[i]) - right(winner, rival[i]);
                sum.pairs++;
            }
        }
        List<Sum> prompts = new ArrayList<>(byPrompt.values());
        return BOOTSTRAP.interval(prompts.size(), drawn -> {
            double difference = 0;
            double count = 0;
            for (int prompt : drawn) {
                difference += prompts.get(prompt).difference;
                count += prompts.get(prompt).pairs;
            }
            return difference / count;
        });
    }

    private static List<Integer> prompt(PreferencePair pair) {
        return Arrays.stream(pair.prompt()).boxed().toList();
    }

    private static int right(Winner winner, double margin) {
        return winner.margin(margin) > 0 ? 1 : 0;
    }

    /** Of a prompt's pairs. */
    private static final class Sum {
        private int difference;
        private int pairs;
    }
}
