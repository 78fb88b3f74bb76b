package io.witan.models.dmoerm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.data.DataException;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairRowsTest {
    @TempDir
    Path folder;

    private PairRows read(String... rows) throws IOException {
        Path file = Files.writeString(folder.resolve("pairs.jsonl"), String.join("\n", rows));
        try (Tokenizer tokenizer = Tokenizers.open("byte")) {
            return PairRows.read(file, new PairEncoder(tokenizer, 64));
        }
    }

    private static String text(int[] row) {
        try (Tokenizer tokenizer = Tokenizers.open("byte")) {
            return tokenizer.decode(row);
        }
    }

    @Test
    void shouldReadPairsOfOnesOwn() throws IOException {
        PairRows rows = read(
                "{\"category\": \"text_creation\", \"queries\": [\"hi\", \"a poem\"], \"first\": \"no\", \"second\": \"roses\","
                        + " \"better\": \"second\"}",
                "{\"category\": \"chat\", \"queries\": [\"so\"], \"first\": \"a\", \"second\": \"b\", \"better\": \"tie\"}");
        assertThat(rows.undecided()).isEqualTo(1);
        PreferencePair pair = rows.decided().getFirst();
        assertThat(pair.labels()).isEqualTo(PairLabels.observed(Category.TEXT_CREATION, Winner.SECOND));
        assertThat(text(pair.prompt())).contains("hi", "a poem");
        assertThat(text(pair.second())).contains("a poem", "roses").doesNotContain("hi");
    }

    @Test
    void shouldTellDialoguesAndAnnotatedPairsByTheirFields() throws IOException {
        PairRows dialogues = read("{\"chosen\": \"\\n\\nHuman: q\\n\\nAssistant: yes\","
                + " \"rejected\": \"\\n\\nHuman: q\\n\\nAssistant: no\"}");
        assertThat(dialogues.decided()).singleElement().satisfies(pair -> assertThat(
                        text(pair.labels().observed() == Winner.FIRST ? pair.first() : pair.second()))
                .contains("yes"));
        String annotated =
                "{\"motivation_app\": \"Gmail\", \"instruction\": \"i\", \"input\": \"\", \"response1\": \"a\","
                        + " \"response2\": \"b\", \"annotator1\": 1, \"annotator2\": 1, \"annotator3\": ";
        assertThat(read(annotated + "2}", annotated + "1}").decided()).hasSize(2);
        assertThatThrownBy(() -> read(annotated + "2}", annotated + "7}"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pairs.jsonl:2: field \"annotator3\" is 7");
    }
}
