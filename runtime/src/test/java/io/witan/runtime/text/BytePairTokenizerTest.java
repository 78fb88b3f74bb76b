package io.witan.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTokenizerTest {
    static Path resource(String name) {
        try {
            return Path.of(BytePairTokenizerTest.class
                    .getResource("/tokenizers/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void smallTokenizerAgreesWithThePlainAlgorithm() throws IOException {
        PlainBytePairs plain = new PlainBytePairs(resource("bpe"));
        try (Tokenizer tokenizer = Tokenizers.open(resource("bpe").toString())) {
            for (String text : List.of(
                    "Anna has 12 apples and gives 5 to Ben.",
                    "  two  spaces\n\n tabs\t!",
                    "çŠ 数 😀 <|endoftext|>",
                    "it's they'll 3.14")) {
                assertThat(tokenizer.encode(text)).as(text).isEqualTo(plain.encode(text));
            }
            assertThat(tokenizer.encode("Anna has apples").length).isLessThan(15);
        }
    }

    @Test
    void endOfTextIsAnIdThatNoTextReaches() {
        try (Tokenizer tokenizer = Tokenizers.open(resource("bpe").toString())) {
            assertThat(tokenizer.endOfText()).isEqualTo(tokenizer.vocabularySize() - 1);
            int[] ids = tokenizer.encode("a<|endoftext|>b");
            assertThat(ids).doesNotContain(tokenizer.endOfText());
            assertThat(tokenizer.decode(ids)).isEqualTo("a<|endoftext|>b");
            assertThat(tokenizer.decode(new int[] {tokenizer.endOfText()})).isEmpty();
            assertThat(tokenizer.encode("")).isEmpty();
        }
    }

    @Test
    void aCharacterCutInTwoDecodesToReplacements() {
        try (Tokenizer tokenizer = Tokenizers.open(resource("bpe").toString())) {
            int[] ids = tokenizer.encode("😀");
            assertThat(tokenizer.decode(ids, 0, 2)).contains("\ufffd");
        }
    }

    @Test
    void longTextsAreNotCutShort() {
        String text = "Ben buys 4 books. ".repeat(3_000);
        try (Tokenizer tokenizer = Tokenizers.open(resource("bpe").toString())) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void fingerprintFollowsTheContent(@TempDir Path folder) throws IOException {
        Files.copy(resource("bpe").resolve("vocab.json"), folder.resolve("vocab.json"));
        Files.copy(resource("bpe").resolve("merges.txt"), folder.resolve("merges.txt"));
        String first;
        try (Tokenizer tokenizer = Tokenizers.open(resource("bpe").toString());
                Tokenizer copy = Tokenizers.open(folder.toString())) {
            first = tokenizer.fingerprint();
            assertThat(copy.fingerprint()).isEqualTo(first).startsWith("bpe-");
        }
        List<String> merges = Files.readAllLines(folder.resolve("merges.txt"));
        Files.write(folder.resolve("merges.txt"), merges.subList(0, merges.size() - 1));
        try (Tokenizer changed = Tokenizers.open(folder.toString())) {
            assertThat(changed.fingerprint()).isNotEqualTo(first);
        }
    }

    @Test
    void gpt2FilesGiveGpt2Ids() throws IOException {
        Path folder = GivenData.require("gpt2_tokenizer");
        PlainBytePairs plain = new PlainBytePairs(folder);
        try (Tokenizer tokenizer = Tokenizers.open(folder.toString())) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(50257);
            assertThat(tokenizer.endOfText()).isEqualTo(50256);
            assertThat(tokenizer.encode("Hello world")).containsExactly(15496, 995);
            String readme = Files.readString(folder.resolve("README.md"), StandardCharsets.UTF_8);
            assertThat(tokenizer.encode(readme)).isEqualTo(plain.encode(readme));
            assertThat(tokenizer.decode(tokenizer.encode(readme))).isEqualTo(readme);
        }
    }

    @Test
    void gpt2AgreesWithThePlainAlgorithmOnRealText() throws IOException {
        Path folder = GivenData.require("gpt2_tokenizer");
        List<String> rows = Files.readAllLines(GivenData.require("gsm8k/train.jsonl"));
        PlainBytePairs plain = new PlainBytePairs(folder);
        try (Tokenizer tokenizer = Tokenizers.open(folder.toString())) {
            for (String row : rows.subList(0, 60)) {
                assertThat(tokenizer.encode(row)).isEqualTo(plain.encode(row));
            }
        }
    }
}
