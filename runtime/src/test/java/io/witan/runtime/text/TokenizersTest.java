package io.witan.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizersTest {
    @TempDir
    Path folder;

    private static void assertRefused(Path path, String start) {
        assertThatThrownBy(() -> Tokenizers.open(path.toString()).close())
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith(start)
                .hasMessageNotContaining("\n");
    }

    private void copyBytePairs() throws IOException {
        for (String name : List.of("vocab.json", "merges.txt")) {
            Files.copy(BytePairTokenizerTest.resource("bpe").resolve(name), folder.resolve(name));
        }
    }

    @Test
    void unigramTokenizerJsonOpensWithoutTruncationOrControlTokensInText() {
        Path file = BytePairTokenizerTest.resource("unigram").resolve("tokenizer.json");
        try (Tokenizer tokenizer = Tokenizers.open(file.toString());
                Tokenizer fromFolder = Tokenizers.open(file.getParent().toString())) {
            String text = "the king, the ring and </s> the end.";
            int[] ids = tokenizer.encode(text);
            assertThat(tokenizer.endOfText()).isEqualTo(1);
            assertThat(ids).doesNotContain(tokenizer.endOfText()).hasSizeGreaterThan(4);
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
            assertThat(tokenizer.decode(new int[] {0, 1, 2})).isEqualTo("a");
            assertThat(fromFolder.encode(text)).isEqualTo(ids);
            assertThat(fromFolder.fingerprint())
                    .isEqualTo(tokenizer.fingerprint())
                    .startsWith("tokenizer-json-");
            assertThatThrownBy(() -> tokenizer.decode(new int[] {tokenizer.vocabularySize()}))
                    .hasMessage("token 36 is not in 0..35");
        }
    }

    @Test
    void aTokenizerWithoutEndOfTextGetsTheNextId() throws IOException {
        copyBytePairs();
        Path vocabulary = folder.resolve("vocab.json");
        Files.writeString(vocabulary, Files.readString(vocabulary).replaceAll(", \"<.endoftext.>\": [0-9]+", ""));
        try (Tokenizer tokenizer = Tokenizers.open(folder.toString());
                Tokenizer original =
                        Tokenizers.open(BytePairTokenizerTest.resource("bpe").toString())) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(original.vocabularySize());
            assertThat(tokenizer.endOfText()).isEqualTo(original.endOfText());
        }
    }

    @Test
    void aTextWithoutTokensIsRefusedInOneLine() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(
                file,
                """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
                "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "</s>": 2}, "unk_token": "[UNK]"}}
                """);
        try (Tokenizer tokenizer = Tokenizers.open(file.toString())) {
            assertThat(tokenizer.encode("b a")).containsExactly(1, 0);
            assertThatThrownBy(() -> tokenizer.encode("a c"))
                    .isInstanceOf(TokenizerException.class)
                    .hasMessage(file + ": has no tokens for a text: WordLevel error: Missing [UNK] token from the"
                            + " vocabulary");
        }
    }

    /** The longest piece from the left, again and again; a word that has none is unknown. */
    @Test
    void wordPiecesAreCutFromTheLeft() throws IOException {
        String[] pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "##a", "run", "##ning", ","};
        StringBuilder vocabulary = new StringBuilder();
        for (int id = 0; id < pieces.length; id++) {
            vocabulary
                    .append(id == 0 ? "" : ", ")
                    .append('"')
                    .append(pieces[id])
                    .append("\": ")
                    .append(id);
        }
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(
                file,
                """
                {"version": "1.0", "truncation": {"max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
                 "padding": null, "added_tokens": [{"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false,
                   "rstrip": false, "normalized": false, "special": true}],
                 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
                 "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null,
                 "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {%s}}}
                """
                        .formatted(vocabulary));
        try (Tokenizer tokenizer = Tokenizers.open(file.toString())) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(pieces.length);
            assertThat(tokenizer.endOfText()).isEqualTo(3);
            assertThat(tokenizer.encode("Unaffable, running r\u00fan una xyz"))
                    .containsExactly(4, 5, 6, 10, 8, 9, 8, 4, 7, 1);
            assertThat(tokenizer.decode(new int[] {4, 5, 6, 10, 8, 9, 3})).isEqualTo("unaffable, running");
        }
    }

    @Test
    void bertVocabularyOpens() {
        Path bert = GivenData.require("bert_tokenizer");
        try (Tokenizer tokenizer = Tokenizers.open(bert.toString())) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(30522);
            assertThat(tokenizer.endOfText()).isEqualTo(102);
            int[] ids = tokenizer.encode("Hello world [SEP] " + "word ".repeat(1000));
            assertThat(ids).startsWith(7592, 2088).doesNotContain(101, 102).hasSizeGreaterThan(1000);
            assertThat(tokenizer.decode(ids, 0, 2)).isEqualTo("hello world");
        }
    }

    @Test
    void missingFilesGetOneLine() throws IOException {
        assertRefused(folder.resolve("none"), "tokenizer " + folder.resolve("none") + ": neither \"byte\" nor a file");
        assertRefused(folder, folder + ": holds neither tokenizer.json nor vocab.json and merges.txt");
        copyBytePairs();
        Files.delete(folder.resolve("merges.txt"));
        assertRefused(folder, folder.resolve("merges.txt") + ": no such tokenizer file");
    }

    @Test
    void brokenJsonGetsOneLineWithItsLine() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "");
        assertRefused(folder, file + ": empty tokenizer file");
        Files.writeString(file, "{\n \"model\": {\n");
        assertRefused(folder, file + ":3: not JSON: ");
        Files.writeString(file, "[1]");
        assertRefused(folder, file + ": must be a JSON object, got ARRAY");
        Files.writeString(file, "{} {}");
        assertRefused(folder, file + ":1: not JSON: ");
        Files.writeString(file, "{\"version\": \"1.0\"}");
        assertRefused(folder, file + ": has no model.vocab: not a tokenizer.json");
        Files.writeString(file, "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}");
        assertRefused(folder, file + ": token \"a\" has no usable id, got -1");
        Files.writeString(file, "{\"model\": {\"type\": \"NoSuchModel\", \"vocab\": {\"a\": 0}}}");
        assertRefused(folder, file + ": not a usable tokenizer: ");
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
        assertRefused(folder, file + ": not UTF-8 text");
    }

    @Test
    void brokenMergesGetOneLineWithTheirLine() throws IOException {
        copyBytePairs();
        Path file = folder.resolve("merges.txt");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.add(2, "onlyone");
        Files.write(file, lines);
        assertRefused(folder, file + ":3: must be two tokens with a space between");
        lines.set(2, "q qqqq");
        Files.write(file, lines);
        assertRefused(folder, file + ":3: \"qqqq\" is not in vocab.json");
    }

    @Test
    void aVocabularyThatCannotEncodeEveryTextIsRefused() throws IOException {
        copyBytePairs();
        Path file = folder.resolve("vocab.json");
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"A\": [0-9]+, ", ""));
        assertRefused(folder, file + ": has no token \"A\" for the byte 0x41");
        Files.writeString(file, text.replaceFirst("\"A\": [0-9]+", "\"A\": 3"));
        assertRefused(folder, file + ": tokens ");
    }
}
