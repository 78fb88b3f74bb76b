package io.witan.models.dmoerm.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.dmoerm.measure.BagOfWords;
import io.witan.models.dmoerm.measure.PairAccuracy;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Public pairs that are too large to keep here: in the folder that WITAN_TEST_DATA names, or in {@code shared/data} beside a
 * folder above. A test without them is a counted skip.
 */
class GivenPairsTest {
    private static Path given(String name) {
        String named = System.getenv("WITAN_TEST_DATA");
        Path found = named == null ? null : Path.of(named).resolve(name);
        for (Path at = Path.of("").toAbsolutePath(); found == null && at != null; at = at.getParent()) {
            Path there = at.resolve("shared/data").resolve(name);
            found = Files.exists(there) ? there : null;
        }
        Assumptions.assumeTrue(
                found != null && Files.exists(found), "no data sets; name their folder in WITAN_TEST_DATA");
        return found;
    }

    private static double bagOfWords(List<TextPair> pairs, int testPairs) {
        PairSplit split = PairSplit.of(pairs, testPairs / 4, testPairs, 1);
        try (Tokenizer tokenizer = Tokenizers.open(given("gpt2_tokenizer").toString())) {
            PairEncoder encoder = new PairEncoder(tokenizer, 256);
            List<PreferencePair> test = encoder.encode(split.test());
            BagOfWords bag =
                    BagOfWords.fit(encoder.encode(split.train()), PairLabels::observed, encoder.vocabularySize(), 1e-2);
            return PairAccuracy.of(test, bag.margins(test), PairLabels::observed)
                    .total()
                    .value();
        }
    }

    @Test
    void harmlessDialoguesAreRead() {
        List<TextPair> pairs = HarmlessDialogues.read(given("hh_rlhf_harmless/train.jsonl"));
        assertThat(pairs).hasSize(1979);
        assertThat(pairs)
                .filteredOn(pair -> pair.labels().observed() == Winner.FIRST)
                .hasSize(990);
        assertThat(pairs).allMatch(pair -> !pair.first().equals(pair.second()));
        assertThat(bagOfWords(pairs, 400)).isBetween(0.53, 0.70);
    }

    @Test
    void annotatedPairsAreRead() {
        AnnotatedPairs pairs = AnnotatedPairs.read(given("pandalm_pairs/train.jsonl"));
        assertThat(pairs.decided()).hasSize(763);
        assertThat(pairs.tied()).hasSize(91);
        assertThat(pairs.decided())
                .filteredOn(pair -> pair.labels().agreement() == 1)
                .hasSize(674);
        assertThat(bagOfWords(pairs.decided(), 150)).isBetween(0.50, 0.72);
    }
}
