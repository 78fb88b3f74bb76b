package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.measure.BagOfWords;
import io.witan.models.dmoerm.measure.PairAccuracy;
import io.witan.models.metric.Proportion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The shares of test pairs that a model and what it is compared with order rightly, in all and by category, for people. */
final class RewardReport {
    private static final double BAG_L2 = 1e-3;

    private final PairSets sets;
    private final RewardScores scores;
    private final boolean hasDense;
    private final Function<PairLabels, Winner> label;

    /** @param hasDense whether a dense model was trained to compare with */
    RewardReport(PairSets sets, RewardScores scores, boolean hasDense) {
        this.sets = sets;
        this.scores = scores;
        this.hasDense = hasDense;
        this.label = sets.knowsTruth() ? PairLabels::truth : PairLabels::observed;
    }

    /** A line each. */
    List<String> lines() {
        List<PreferencePair> test = sets.test();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "pairs ordered rightly, of %d to test, by %s, with 95 %% intervals of all:",
                test.size(),
                sets.knowsTruth() ? "the true verdicts" : "the labels"));
        StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "%-22s%-22s", "", "all"));
        for (Category category : Category.values()) {
            head.append(String.format(Locale.ROOT, "%15s", category.key()));
        }
        lines.add(head.toString().stripTrailing());
        lines.add(line("router and experts", scores.routed()));
        if (hasDense) {
            lines.add(line("one dense model", scores.dense()));
        }
        lines.add(line("base model alone", scores.base()));
        BagOfWords bag = BagOfWords.fit(sets.train(), PairLabels::observed, sets.vocabularySize(), BAG_L2);
        lines.add(line("bag of words", bag.margins(test)));
        Proportion routed = new Proportion(scores.routedRightly(test), test.size());
        lines.add("prompts routed to their category: " + routed.interval());
        return lines;
    }

    private String line(String name, double[] margins) {
        PairAccuracy accuracy = PairAccuracy.of(sets.test(), margins, label);
        StringBuilder line = new StringBuilder(
                String.format(Locale.ROOT, "%-22s%-22s", name, accuracy.total().interval()));
        for (Category category : Category.values()) {
            Proportion share = accuracy.byCategory().get(category);
            line.append(
                    share == null
                            ? String.format(Locale.ROOT, "%15s", "-")
                            : String.format(Locale.ROOT, "%15.3f", share.value()));
        }
        return line.toString();
    }
}
