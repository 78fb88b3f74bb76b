package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairEncoder;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.TextPair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.data.generated.LabelNoise;
import io.witan.models.dmoerm.data.generated.PreferenceGenerator;
import java.util.List;

/** Generated pairs that no run has, as rows of a file, and what a model makes of them one at a time. */
public final class PlainRewards {
    private final List<TextPair> pairs;

    public PlainRewards(int count) {
        this.pairs = new PreferenceGenerator(77, LabelNoise.STANDARD).pairs(count);
    }

    /** In the fields of pairs of one's own. */
    public List<String> rows() {
        return pairs.stream()
                .map(pair ->
                        "{\"category\": \"%s\", \"queries\": [\"%s\"], \"first\": \"%s\", \"second\": \"%s\", \"better\": \"%s\"}"
                                .formatted(
                                        pair.labels().category().key(),
                                        String.join("\", \"", pair.queries()),
                                        pair.first(),
                                        pair.second(),
                                        pair.labels().observed() == Winner.FIRST ? "first" : "second"))
                .toList();
    }

    /** [pairs] whether the whole model orders each as labelled, going by the category that it chooses itself. */
    public boolean[] ordered(RewardModel model, int positions) {
        PairEncoder encoder = new PairEncoder(PreferenceGenerator.tokenizer(), positions);
        boolean[] right = new boolean[pairs.size()];
        for (int i = 0; i < right.length; i++) {
            List<PreferencePair> one = List.of(encoder.encode(pairs.get(i)));
            double difference = model.routedDifferences(one, model.routed(one))[0];
            right[i] = pairs.get(i).labels().observed() == Winner.FIRST ? difference > 0 : difference < 0;
        }
        return right;
    }

    public List<Category> categories() {
        return pairs.stream().map(pair -> pair.labels().category()).toList();
    }
}
