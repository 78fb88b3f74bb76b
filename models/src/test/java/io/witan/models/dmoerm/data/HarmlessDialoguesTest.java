package io.witan.models.dmoerm.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HarmlessDialoguesTest {
    @TempDir
    Path folder;

    private static String row(String chosen, String rejected) {
        return "{\"chosen\": \"" + chosen + "\", \"rejected\": \"" + rejected + "\"}\n";
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("pairs.jsonl"), text);
    }

    private void assertRefused(String text, String message) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> HarmlessDialogues.read(file))
                .isInstanceOf(DataException.class)
                .hasMessage(file + message);
    }

    @Test
    void responsesAreWhatDiffers() throws IOException {
        String start = "\\n\\nHuman: Hi.\\n\\nAssistant: Hello.\\n\\nHuman: How?\\n\\nStill me.";
        List<TextPair> pairs =
                HarmlessDialogues.read(file(row(start + "\\n\\nAssistant: Well.", start + "\\n\\nAssistant:")
                        + row(
                                start + "\\n\\nAssistant: So.\\n\\nHuman: Oh.\\n\\nAssistant: Yes.",
                                start + "\\n\\nAssistant: No.")));

        List<String> queries = List.of("Hi.", "How?\n\nStill me.");
        assertThat(pairs)
                .containsExactly(
                        new TextPair(PairLabels.observed(Category.CHAT, Winner.FIRST), queries, "Well.", ""),
                        new TextPair(
                                PairLabels.observed(Category.CHAT, Winner.SECOND),
                                queries,
                                "No.",
                                "So.\n\nHuman: Oh.\n\nAssistant: Yes."));
    }

    @Test
    void whatIsNoPairIsRefusedWithFileRowAndField() throws IOException {
        String good = row("\\n\\nHuman: a\\n\\nAssistant: b", "\\n\\nHuman: a\\n\\nAssistant: c");
        assertRefused(good + "{\"chosen\": \"\\n\\nHuman: a\"}", ":2: no field \"rejected\"; the row has chosen");
        assertRefused(row("Hello", "Hello"), ":1: field \"chosen\" does not begin with a turn of \"Human:\"");
        assertRefused(
                row("\\n\\nHuman: a\\n\\nAssistant: b", "\\n\\nAssistant: a"),
                ":1: field \"rejected\" does not begin with a turn of \"Human:\"");
        assertRefused(
                row("\\n\\nHuman: a\\n\\nAssistant: b", "\\n\\nHuman: a\\n\\nAssistant: b"),
                ":1: field \"chosen\" has ended where the two dialogues differ, at turn 3; expected a turn of"
                        + " \"Assistant:\"");
        assertRefused(
                row("\\n\\nHuman: a\\n\\nAssistant: b", "\\n\\nHuman: b\\n\\nAssistant: b"),
                ":1: field \"chosen\" has the user's turn where the two dialogues differ, at turn 1; expected a turn of"
                        + " \"Assistant:\"");
        assertRefused("{\"chosen\": 5, \"rejected\": \"\"}", ":1: field \"chosen\" is a number, not a text");
        assertRefused("", ": holds no pair");
    }
}
