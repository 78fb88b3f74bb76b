package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.PairEncoder;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.generated.LabelNoise;
import io.witan.models.dmoerm.data.generated.PreferenceGenerator;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import java.util.List;

/** A small reward model and pairs for it. */
final class TestPairs {
    static final int POSITIONS = 64;

    private TestPairs() {}

    static List<PreferencePair> generated(int count) {
        return new PairEncoder(PreferenceGenerator.tokenizer(), POSITIONS)
                .encode(new PreferenceGenerator(3, LabelNoise.STANDARD).pairs(count));
    }

    static int vocabulary() {
        return PreferenceGenerator.tokenizer().vocabularySize();
    }

    /** @param settings of sections {@code model} and {@code dmoerm} */
    static RewardTensors tensors(String... settings) {
        ConfigTree tree = ConfigTree.empty()
                .set("model.experts=27", "test")
                .set("model.top_k=1", "test")
                .set("model.positions=learned", "test")
                .set("model.norm=layernorm", "test");
        for (String setting : settings) {
            tree = tree.set(setting, "test");
        }
        return new RewardTensors(
                ConfigBinder.bind(tree.section("model"), GptMoeConfig.class),
                ConfigBinder.bind(tree.section("dmoerm"), DmoermConfig.class),
                vocabulary());
    }
}
