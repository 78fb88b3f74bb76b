package io.witan.runtime.data;

import io.witan.runtime.data.arithmetic.ArithmeticCorpus;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
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
    public static TrainingData<TokenBatch> open(
            DataConfig config, long seed, int positions, int rowsPerMicroBatch, int microBatches) {
        return new DataCache().open(config, seed, positions, rowsPerMicroBatch, microBatches);
    }

    /** Of each task, or of all documents if there are no tasks. */
    static List<EncodedText> encode(DataConfig config) {
        try (Tokenizer tokenizer = Tokenizers.open(config.tokenizer())) {
            if (config.tasks().isEmpty()) {
                return List.of(EncodedText.of(split(config), tokenizer));
            }
            return config.tasks().stream()
                    .map(task -> EncodedText.of(split(config, documents(config, task)), tokenizer))
                    .toList();
        }
    }

    /**
     * The documents that {@link #open} trains and validates on, those of all tasks together; none for the lcg stream.
     *
     * @throws DataException if the data cannot be used
     */
    public static Split split(DataConfig config) {
        if (config.tasks().isEmpty()) {
            return split(config, documents(config));
        }
        List<Split> tasks = config.tasks().stream()
                .map(task -> split(config, documents(config, task)))
                .toList();
        return new Split(together(tasks, Split::train), together(tasks, Split::validation));
    }

    private static Documents together(List<Split> tasks, Function<Split, Documents> part) {
        return new Documents(tasks.stream()
                .flatMap(task -> part.apply(task).texts().stream())
                .toList());
    }

    private static Split split(DataConfig config, Documents documents) {
        if (documents.texts().isEmpty()) {
            return new Split(documents, documents);
        }
        Split split = Split.of(documents, config.validationFraction(), config.corpusSeed());
        return config.maxValidationDocuments()
                .map(count -> split.withValidationLimit(count, config.corpusSeed()))
                .orElse(split);
    }

    private static Documents documents(DataConfig config) {
        return switch (config.source()) {
            case ARITHMETIC -> arithmetic(ArithmeticCorpus.Stories.ALL, config.corpusSeed(), config.documents());
            case FILE -> Documents.read(Path.of(config.path().orElseThrow()), config.fields());
            case LCG -> new Documents(List.of());
        };
    }

    private static Documents documents(DataConfig config, TaskSource task) {
        return task.source() == DataConfig.Source.ARITHMETIC
                ? arithmetic(task.stories(), config.corpusSeed(), task.documents())
                : Documents.read(Path.of(task.path().orElseThrow()), task.fields());
    }

    private static Documents arithmetic(ArithmeticCorpus.Stories stories, long seed, int count) {
        return new Documents(IntStream.range(0, count)
                .mapToObj(index -> ArithmeticCorpus.document(stories, seed, index))
                .toList());
    }
}
