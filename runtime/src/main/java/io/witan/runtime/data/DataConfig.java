package io.witan.runtime.data;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import java.util.List;
import java.util.Optional;

/** Section {@code data} of a recipe. */
public record DataConfig(
        @Doc("where documents come from: generated arithmetic word problems, files, or the lcg token stream")
                @Default("arithmetic")
                Source source,
        @Doc("file or folder of .jsonl and .txt files, for source file") Optional<String> path,
        @Doc("fields of a JSONL row that make its document, in this order; none: all its text fields") @Default("[]")
                List<String> fields,
        @Doc("byte, a tokenizer.json, or a folder with it or with vocab.json and merges.txt") @Default("byte")
                String tokenizer,
        @Doc("documents to generate, for source arithmetic") @Default("20000") @Range(min = 2, max = 100_000_000)
                int documents,
        @Doc("share of the documents held back for validation") @Default("0.05") @Range(min = 0, max = 0.5)
                double validationFraction,
        @Doc("score at most this many of the documents held back; not set: all") @Range(min = 1)
                Optional<Integer> maxValidationDocuments,
        @Doc(
                        "seed of generated documents and of the split; apart from the run's seed, so that runs with other seeds are"
                                + " scored on the same documents")
                @Default("0")
                long corpusSeed,
        @Doc("ids of the lcg token stream, for source lcg; text has its tokenizer's vocabulary")
                @Default("8192")
                @Range(min = 512, max = 1 << 24)
                int vocabularySize,
        @Doc(
                        "several sources of documents, each a task, in place of the one above: items with name, weight, source, path, fields, documents, stories")
                @Default("[]")
                List<TaskSource> tasks) {
    /** Where documents come from. */
    public enum Source {
        /** {@link io.witan.runtime.data.arithmetic.ArithmeticCorpus}. */
        ARITHMETIC,
        /** {@link Documents#read}. */
        FILE,
        /** The token stream of the peer benchmark: no documents, no tokenizer. */
        LCG
    }

    public DataConfig {
        requirePathOfFiles(source, path);
        if (!tasks.isEmpty() && (source != Source.ARITHMETIC || !fields.isEmpty())) {
            throw new IllegalArgumentException(
                    "tasks have sources of their own: source, path and fields must be left out, or tasks be []");
        }
        if (taskNames(tasks).stream().distinct().count() < tasks.size()) {
            throw new IllegalArgumentException(
                    "tasks must have different names, got " + String.join(", ", taskNames(tasks)));
        }
    }

    static void requirePathOfFiles(Source source, Optional<String> path) {
        if (source == Source.FILE && path.isEmpty()) {
            throw new IllegalArgumentException("source file needs a path");
        }
        if (source != Source.FILE && path.isPresent()) {
            throw new IllegalArgumentException("path " + path.get() + " needs source file");
        }
    }

    /** In the order of their numbers; empty: there are no tasks. */
    public List<String> taskNames() {
        return taskNames(tasks);
    }

    private static List<String> taskNames(List<TaskSource> tasks) {
        return tasks.stream().map(TaskSource::name).toList();
    }
}
