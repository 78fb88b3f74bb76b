package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.AnnotatedPairs;
import io.witan.models.dmoerm.data.CategorisedPairs;
import io.witan.models.dmoerm.data.HarmlessDialogues;
import io.witan.models.dmoerm.data.PairEncoder;
import io.witan.models.dmoerm.data.PairSplit;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.TextPair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.data.generated.LabelNoise;
import io.witan.models.dmoerm.data.generated.PreferenceGenerator;
import io.witan.runtime.data.Documents;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A run's pairs as token rows, by what they are for ({@link PairSplit}).
 *
 * @param source names them: equal if and only if they are
 */
record PairSets(
        List<PreferencePair> base,
        List<PreferencePair> aggregator,
        List<PreferencePair> validation,
        List<PreferencePair> test,
        int vocabularySize,
        String source) {
    /**
     * @param tokenizer of files, as {@link Tokenizers#open} takes it
     * @param maxTokens of a row
     * @param seed of generated pairs and of the split
     * @throws io.witan.runtime.data.DataException in one line if a file cannot be used or has too few pairs
     */
    static PairSets open(DmoermConfig config, String tokenizer, int maxTokens, long seed) {
        try (Tokenizer opened = config.source() == DmoermConfig.Source.GENERATED
                ? PreferenceGenerator.tokenizer()
                : Tokenizers.open(tokenizer)) {
            List<TextPair> all = pairs(config, seed);
            List<TextPair> pairs = all.subList(0, Math.min(config.pairs(), all.size()));
            PairSplit split = PairSplit.of(pairs, config.validationPairs(), config.testPairs(), seed);
            PairEncoder encoder = new PairEncoder(opened, maxTokens);
            return new PairSets(
                    encoder.encode(split.base()),
                    encoder.encode(split.aggregator()),
                    encoder.encode(split.validation()),
                    encoder.encode(split.test()),
                    encoder.vocabularySize(),
                    source(config, pairs, opened, maxTokens, seed));
        }
    }

    private static List<TextPair> pairs(DmoermConfig config, long seed) {
        return switch (config.source()) {
            case GENERATED -> new PreferenceGenerator(seed, noise(config)).pairs(config.pairs());
            case PANDALM ->
                AnnotatedPairs.read(Path.of(config.path().orElseThrow())).decided();
            case PAIRS -> CategorisedPairs.read(Path.of(config.path().orElseThrow()));
            case HH -> HarmlessDialogues.read(Path.of(config.path().orElseThrow()));
        };
    }

    private static LabelNoise noise(DmoermConfig config) {
        LabelNoise standard = LabelNoise.STANDARD;
        return new LabelNoise(config.labelNoise(), standard.pointErrors(), standard.positionBias());
    }

    private static String source(
            DmoermConfig config, List<TextPair> pairs, Tokenizer tokenizer, int maxTokens, long seed) {
        String origin = config.source() == DmoermConfig.Source.GENERATED
                ? new PreferenceGenerator(seed, noise(config)).describe()
                : "pairs " + fingerprint(pairs) + ", split by seed " + seed;
        return origin + ", " + pairs.size() + " pairs, tokenizer " + tokenizer.fingerprint() + ", up to " + maxTokens
                + " tokens a row, " + config.validationPairs() + " to validate on and " + config.testPairs()
                + " to test";
    }

    /** Of texts and labels. */
    private static String fingerprint(List<TextPair> pairs) {
        return new Documents(pairs.stream().map(TextPair::toString).toList()).fingerprint();
    }

    /** All that may be trained on. */
    List<PreferencePair> train() {
        return Stream.concat(base.stream(), aggregator.stream()).toList();
    }

    /** Whether pairs have labels of points. */
    boolean hasPoints() {
        return base.stream().anyMatch(pair -> !pair.labels().points().isEmpty());
    }

    /** Whether the true verdicts of the test pairs are known. */
    boolean knowsTruth() {
        return !test.isEmpty() && test.stream().allMatch(pair -> pair.labels().truth() != Winner.UNKNOWN);
    }

    /** What a stage trains on; pairs without a label for it are left out. */
    List<PreferencePair> of(Stage stage) {
        List<PreferencePair> pairs =
                switch (stage) {
                    case BASE -> base;
                    case AGGREGATOR -> aggregator;
                    case ROUTER, LANGUAGE, POINTS, DENSE -> train();
                };
        return pairs.stream().filter(pair -> stage.targets(pair) > 0).toList();
    }
}
