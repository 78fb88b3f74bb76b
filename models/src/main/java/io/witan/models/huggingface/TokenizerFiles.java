package io.witan.models.huggingface;

import io.witan.runtime.checkpoint.StagedFolder;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files beside a model's weights that say how text becomes token ids; they pass through as they are. */
final class TokenizerFiles {
    private static final String JSON = "tokenizer.json";
    private static final String VOCABULARY = "vocab.json";
    private static final String BYTE = "byte";
    private static final List<String> ALL = List.of(
            JSON,
            VOCABULARY,
            "merges.txt",
            "tokenizer.model",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "generation_config.json");

    private TokenizerFiles() {}

    /** What a recipe calls the tokenizer of a folder: the folder, or {@code byte} if there is none that we read. */
    static String name(Path folder) {
        boolean ours = Files.exists(folder.resolve(JSON)) || Files.exists(folder.resolve(VOCABULARY));
        return ours ? folder.toString() : BYTE;
    }

    /**
     * Refuses a tokenizer that has ids for which the model has no rows.
     *
     * @throws HuggingFaceException naming both
     * @throws io.witan.runtime.text.TokenizerException if it cannot be opened
     */
    static void requireFits(Path folder, int vocabulary) {
        String name = name(folder);
        try (Tokenizer tokenizer = Tokenizers.open(name)) {
            if (tokenizer.vocabularySize() > vocabulary) {
                Path file = name.equals(BYTE) || !Files.exists(folder.resolve(JSON)) ? folder : folder.resolve(JSON);
                String whose =
                        name.equals(BYTE) ? "without a tokenizer text is taken byte by byte, which" : "tokenizer";
                throw HuggingFaceException.of(
                        file,
                        whose + " has " + tokenizer.vocabularySize() + " token ids, vocab_size of " + ModelFiles.CONFIG
                                + " is " + vocabulary);
            }
        }
    }

    /** @param to folder in the staged one, with a slash at its end; or nothing */
    static void copy(Path from, StagedFolder staged, String to) {
        ALL.forEach(name -> staged.copyIfThere(from.resolve(name), to + name));
    }

    /** Those of a recipe's tokenizer, which is a folder, a file or {@code byte}. */
    static void copy(String tokenizer, StagedFolder staged) {
        if (tokenizer.equals(BYTE)) {
            return;
        }
        Path path = Path.of(tokenizer);
        if (Files.isDirectory(path)) {
            copy(path, staged, "");
        } else {
            staged.copyIfThere(path, JSON);
        }
    }
}
