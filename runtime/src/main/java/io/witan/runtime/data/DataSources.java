package io.witan.runtime.data;

import io.witan.runtime.data.arithmetic.ArithmeticCorpus;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Opens what a {@link DataConfig} describes. */
public final class DataSources {
    private DataSources() {}

    /**
     * Reads, splits and encodes the data; takes time in proportion to its size.
     *
     * @param seed of the order of training windows; the documents and their split follow {@link DataConfig#corpusSeed}
     * @param positions S of a row
     * @param rowsPerMicroBatch B, over all ranks
     * @param microBatches of a step
     * @throws DataException if the data cannot be used
     * @throws io.witan.runtime.text.TokenizerException if the tokenizer cannot be opened
     */
    public static TrainingData open(
            DataConfig config, long seed, int positions, int rowsPerMicroBatch, int microBatches) {
        BatchShape shape = new BatchShape(rowsPerMicroBatch, positions, microBatches);
        if (config.source() == DataConfig.Source.LCG) {
            return new LcgTokens(config.vocabularySize(), shape);
        }
        try (Tokenizer tokenizer = Tokenizers.open(config.tokenizer())) {
            return new TextTrainingData(split(config), tokenizer, seed, shape);
        }
    }

    /**
     * The documents that {@link #open} trains and validates on; none for the lcg stream.
     *
     * @throws DataException if the data cannot be used
     */
    public static Split split(DataConfig config) {
        Documents documents =
                switch (config.source()) {
                    case ARITHMETIC -> arithmetic(config);
                    case FILE -> Documents.read(Path.of(config.path().orElseThrow()), config.fields());
                    case LCG -> new Documents(List.of());
                };
        if (documents.texts().isEmpty()) {
            return new Split(documents, documents);
        }
        Split split = Split.of(documents, config.validationFraction(), config.corpusSeed());
        return config.maxValidationDocuments()
                .map(count -> split.withValidationLimit(count, config.corpusSeed()))
                .orElse(split);
    }

    private static Documents arithmetic(DataConfig config) {
        return new Documents(IntStream.range(0, config.documents())
                .mapToObj(index -> ArithmeticCorpus.document(config.corpusSeed(), index))
                .toList());
    }
}
