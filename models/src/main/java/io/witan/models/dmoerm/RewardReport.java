package io.witan.models.dmoerm;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.measure.BagOfWords;
import io.witan.models.dmoerm.measure.PairAccuracy;
import io.witan.models.dmoerm.measure.PairedDifference;
import io.witan.models.metric.Interval;
import io.witan.models.metric.Proportion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The shares of test pairs that a model, and what it is compared with, order rightly, in all and by category. */
final class RewardReport {
    private static final String EXPERTS = "router and experts";
    private static final String DENSE = "one dense model";
    /** Pairs that the bag is fitted to at most. */
    private static final int BAG_PAIRS = 20_000;

    private static final double BAG_L2_GENERATED = 1e-3;
    private static final double BAG_L2_REAL = 1e-2;

    private final List<PreferencePair> test;
    private final boolean knowsTruth;
    private final Map<String, PairAccuracy> accuracies = new LinkedHashMap<>();
    private final Proportion routed;
    private final Optional<Interval> gain;

    /**
     * @param test pairs with a winner
     * @param knowsTruth whether that is the true one
     * @param hasDense whether a dense model was trained to compare with
     */
    private RewardReport(List<PreferencePair> test, boolean knowsTruth, RewardScores scores, boolean hasDense) {
        this.test = test;
        this.knowsTruth = knowsTruth;
        this.routed = new Proportion(scores.routedRightly(test), test.size());
        add(EXPERTS, scores.routed());
        if (hasDense) {
            add(DENSE, scores.dense());
        }
        add("base model alone", scores.base());
        this.gain = hasDense
                ? Optional.of(PairedDifference.of(test, scores.routed(), scores.dense(), label()))
                : Optional.empty();
    }

    /** Of a run's test pairs. @param bag of {@link #bag} */
    static RewardReport ofTest(PairSets sets, RewardScores scores, double[] bag, boolean hasDense) {
        RewardReport report = new RewardReport(sets.test(), sets.knowsTruth(), scores, hasDense);
        report.add("bag of words", bag);
        return report;
    }

    /** Of other pairs, by their labels. */
    static RewardReport ofPairs(List<PreferencePair> pairs, RewardScores scores, boolean hasDense) {
        return new RewardReport(pairs, false, scores, hasDense);
    }

    /** Margins of the test pairs by a bag of words; takes seconds. */
    static double[] bag(PairSets sets) {
        List<PreferencePair> train = sets.train();
        double l2 = sets.knowsTruth() ? BAG_L2_GENERATED : BAG_L2_REAL;
        return BagOfWords.fit(
                        train.subList(0, Math.min(BAG_PAIRS, train.size())),
                        PairLabels::observed,
                        sets.vocabularySize(),
                        l2)
                .margins(sets.test());
    }

    private Function<PairLabels, Winner> label() {
        return knowsTruth ? PairLabels::truth : PairLabels::observed;
    }

    private void add(String name, double[] margins) {
        accuracies.put(name, PairAccuracy.of(test, margins, label()));
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
        accuracies.forEach((name, accuracy) -> {
            if (accuracy.tied() > 0) {
                lines.add(name + " ties " + accuracy.tied() + " pairs, which count as ordered wrongly");
            }
        });
        gain.ifPresent(more -> lines.add(EXPERTS + " less " + DENSE + ", over prompts: " + more));
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

    /** For people: each category's shares with their intervals. */
    List<String> categoryLines() {
        List<String> lines = new ArrayList<>();
        accuracies.forEach((name, accuracy) -> accuracy.byCategory()
                .forEach((category, share) -> lines.add(
                        name + ", " + category.key() + ": " + share.interval() + ", " + share.trials() + " pairs")));
        return lines;
    }

    /** The same for programs: of each model hits, pairs and 95 % interval, in all and by category. */
    ObjectNode json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("label", knowsTruth ? "truth" : "observed");
        put(root.putObject("routed"), routed);
        gain.ifPresent(more -> put(root.putObject("gain"), more));
        ObjectNode models = root.putObject("models");
        accuracies.forEach((name, accuracy) -> {
            ObjectNode of = models.putObject(name);
            put(of.putObject("all"), accuracy.total());
            of.put("tied", accuracy.tied());
            accuracy.byCategory().forEach((category, share) -> put(of.putObject(category.key()), share));
        });
        return root;
    }

    private static void put(ObjectNode node, Proportion share) {
        node.put("right", share.hits());
        node.put("pairs", share.trials());
        put(node, share.interval());
    }

    private static void put(ObjectNode node, Interval interval) {
        node.put("share", interval.value());
        node.put("low", interval.low());
        node.put("high", interval.high());
    }
}
