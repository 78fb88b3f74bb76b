package io.witan.runtime.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files of tokenizers: refused in one line, or a tokenizer comes of them that can be asked. */
class TokenizerFilesFuzzTest {
    private static final Path FILE = Path.of("tokenizer.json");
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(256 << 10, 200);
    /** Of the tokenizer as a whole; what its library allocates natively is not counted. */
    private static final Fuzz.Limit WHOLE = new Fuzz.Limit(1 << 20, 400);

    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "-1",
        "16777215",
        "16777216",
        "1.5",
        "\"vocab\"",
        "\"added_tokens\"",
        "\"special\":true",
        "\"content\":\"</s>\"",
        "\"model\"",
        "\"type\":\"Unigram\"",
        "\\u0000",
        "\\ud800",
        "{\"id\":0}",
        "[]"
    };
    private static final String SMALL =
            """
            {"version":"1.0","truncation":null,"padding":null,
            "added_tokens":[{"id":3,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
            {"id":4,"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
            "normalizer":null,"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
            "model":{"type":"WordLevel","vocab":{"a":0,"b":1,"c":2,"<unk>":3,"<|endoftext|>":4},"unk_token":"<unk>"}}
            """;

    @TempDir
    private Path folder;

    private static String input(SplittableRandom random) {
        return random.nextInt(10) == 0 ? SMALL : new Mutations(random, FRAGMENTS).damaged(SMALL);
    }

    @Test
    void tokenizerJsonIsReadOrRefused() {
        Fuzz.texts("tokenizer.json", 300_000, LIMIT, TokenizerFilesFuzzTest::input, text -> {
            try {
                ObjectNode root = TokenizerFile.object(FILE, text);
                HuggingFaceFile read = HuggingFaceFile.of(FILE, root);
                if (read.endOfText() < 0 || read.endOfText() >= read.vocabularySize()) {
                    throw new AssertionError("end of text " + read.endOfText() + " of " + read.vocabularySize());
                }
                return true;
            } catch (TokenizerException refusal) {
                requireOneLine(refusal, FILE);
                return false;
            }
        });
    }

    @Test
    void bytePairFilesAreReadOrRefused() {
        String vocabulary =
                TokenizerFile.text(BytePairTokenizerTest.resource("bpe").resolve("vocab.json"));
        String merges = TokenizerFile.text(BytePairTokenizerTest.resource("bpe").resolve("merges.txt"));
        Path vocabularyFile = Path.of("vocab.json");
        Path mergesFile = Path.of("merges.txt");
        Fuzz.texts(
                "merges.txt",
                20_000,
                new Fuzz.Limit(4 << 20, 400),
                random -> random.nextInt(10) == 0
                        ? merges
                        : new Mutations(random, "\n", " ", "#version", "a b", "\u0120 t").damaged(merges),
                text -> {
                    try {
                        return new BytePairFiles(vocabularyFile, mergesFile)
                                        .toTokenizerJson(vocabulary, text)
                                        .path("model")
                                        .path("merges")
                                        .size()
                                >= 0;
                    } catch (TokenizerException refusal) {
                        requireOneLine(refusal, mergesFile);
                        return false;
                    }
                });
    }

    /** Through the library that runs it. */
    @Test
    void tokenizersAreOpenedOrRefused() {
        Path file = folder.resolve("tokenizer.json");
        Fuzz.texts("tokenizers", 10_000, WHOLE, TokenizerFilesFuzzTest::input, text -> {
            try {
                Files.write(file, text.getBytes(StandardCharsets.UTF_8));
                try (Tokenizer tokenizer = Tokenizers.open(file.toString())) {
                    int[] ids = tokenizer.encode("a b d");
                    tokenizer.decode(ids);
                    return true;
                }
            } catch (TokenizerException refusal) {
                requireOneLine(refusal, file);
                return false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void requireOneLine(TokenizerException refusal, Path file) {
        String text = refusal.getMessage();
        if (!text.startsWith(file.toString()) || text.contains("\n") || text.length() > 2000) {
            throw new AssertionError("refused with: " + text);
        }
    }
}
