package io.witan.models.ul2;

import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.DataSources;
import io.witan.runtime.data.Documents;
import io.witan.runtime.data.Split;
import io.witan.runtime.text.Tokenizer;
import java.util.List;

/**
 * Documents as token ids, at least one each; not copied.
 *
 * @param train to train on, at least one
 * @param heldBack may be none
 * @param fingerprint of both
 */
record Texts(List<int[]> train, List<int[]> heldBack, String fingerprint) {
    /**
     * Reads, splits and encodes; takes time in proportion to the data.
     *
     * @throws DataException if the data cannot be used
     */
    static Texts read(DataConfig data, Tokenizer tokenizer) {
        Split split = DataSources.split(data);
        List<int[]> train = encoded(split.train(), tokenizer);
        if (train.isEmpty()) {
            throw new DataException("data: no document to train on has a token");
        }
        return new Texts(
                train,
                encoded(split.validation(), tokenizer),
                tokenizer.fingerprint() + " train=" + split.train().fingerprint() + " validation="
                        + split.validation().fingerprint());
    }

    private static List<int[]> encoded(Documents documents, Tokenizer tokenizer) {
        return documents.texts().stream()
                .map(tokenizer::encode)
                .filter(ids -> ids.length > 0)
                .toList();
    }
}
