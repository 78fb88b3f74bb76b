package io.witan.runtime.data;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.runtime.data.arithmetic.ArithmeticCorpus;
import java.util.List;
import java.util.Optional;

/** An item of {@code data.tasks}: documents that are one of several tasks. */
public record TaskSource(
        @Doc("what metrics and --task call it") String name,
        @Doc("its part of the rows, beside the weights of the others") @Default("1") @Range(above = 0, max = 1e9)
                double weight,
        @Doc("where documents come from: generated arithmetic word problems, or files") @Default("arithmetic")
                DataConfig.Source source,
        @Doc("file or folder of .jsonl and .txt files, for source file") Optional<String> path,
        @Doc("fields of a JSONL row that make its document, in this order; none: all its text fields") @Default("[]")
                List<String> fields,
        @Doc("documents to generate, for source arithmetic") @Default("20000") @Range(min = 2, max = 100_000_000)
                int documents,
        @Doc("which word problems, for source arithmetic") @Default("all") ArithmeticCorpus.Stories stories) {
    public TaskSource {
        if (!name.matches("[A-Za-z][A-Za-z0-9_-]*")) {
            throw new IllegalArgumentException(
                    "name must be a letter and letters, digits, _ and - behind it, got \"" + name + "\"");
        }
        if (source == DataConfig.Source.LCG) {
            throw new IllegalArgumentException("source lcg is no text and cannot be a task");
        }
        DataConfig.requirePathOfFiles(source, path);
    }
}
