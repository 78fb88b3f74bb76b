package io.witan.models.dmoerm;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.measure.BagOfWords;
import io.witan.models.dmoerm.measure.PairAccuracy;
import io.witan.models.metric.Interval;
import io.witan.models.metric.Proportion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The shares of test pairs that a model, and what it is compared with, order rightly, in all and by category. */
final class RewardReport {
    private static final double BAG_L2 = 1e-3;

    private final List<PreferencePair> test;
    private final boolean knowsTruth;
    private final Map<String, PairAccuracy> accuracies = new LinkedHashMap<>();
    private final Proportion routed;

    /** @param hasDense whether a dense model was trained to compare with */
    RewardReport(PairSets sets, RewardScores scores, boolean hasDense) {
        this.test = sets.test();
        this.knowsTruth = sets.knowsTruth();
        this.routed = new Proportion(scores.routedRightly(test), test.size());
        add("router and experts", scores.routed());
        if (hasDense) {
            add("one dense model", scores.dense());
        }
        add("base model alone", scores.base());
        add(
                "bag of words",
                BagOfWords.fit(sets.train(), PairLabels::observed, sets.vocabularySize(), BAG_L2)
                        .margins(test));
    }

    private void add(String name, double[] margins) {
        Function<PairLabels, Winner> label = knowsTruth ? PairLabels::truth : PairLabels::observed;
        accuracies.put(name, PairAccuracy.of(test, margins, label));
    }

    /** For people. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "pairs ordered rightly, of %d to test, by %s; all with 95 %% intervals",
                test.size(),
                knowsTruth ? "their true verdicts" : "their labels"));
        StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "%-20s%-22s", "", "all"));
        for (Category category : Category.values()) {
            head.append(String.format(Locale.ROOT, "%15s", category.key()));
        }
        lines.add(head.toString());
        accuracies.forEach((name, accuracy) -> lines.add(line(name, accuracy)));
        lines.add("prompts routed to their category: " + routed.interval());
        return lines;
    }

    private static String line(String name, PairAccuracy accuracy) {
        StringBuilder line = new StringBuilder(
                String.format(Locale.ROOT, "%-20s%-22s", name, accuracy.total().interval()));
        for (Category category : Category.values()) {
            Proportion share = accuracy.byCategory().get(category);
            line.append(
                    share == null
                            ? String.format(Locale.ROOT, "%15s", "-")
                            : String.format(Locale.ROOT, "%15.3f", share.value()));
        }
        return line.toString();
    }

    /** The same for programs: of each model hits, pairs and 95 % interval, in all and by category. */
    ObjectNode json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("label", knowsTruth ? "truth" : "observed");
        put(root.putObject("routed"), routed);
        ObjectNode models = root.putObject("models");
        accuracies.forEach((name, accuracy) -> {
            ObjectNode of = models.putObject(name);
            put(of.putObject("all"), accuracy.total());
            accuracy.byCategory().forEach((category, share) -> put(of.putObject(category.key()), share));
        });
        return root;
    }

    private static void put(ObjectNode node, Proportion share) {
        Interval interval = share.interval();
        node.put("right", share.hits());
        node.put("pairs", share.trials());
        node.put("share", interval.value());
        node.put("low", interval.low());
        node.put("high", interval.high());
    }
}
