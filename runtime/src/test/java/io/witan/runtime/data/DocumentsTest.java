package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsTest {
    @TempDir
    Path folder;

    private Path rows;

    @BeforeEach
    void nameFiles() {
        rows = folder.resolve("train.jsonl");
    }

    private List<String> read(String text, String... fields) throws IOException {
        Files.writeString(rows, text);
        return Documents.read(rows, List.of(fields)).texts();
    }

    private void assertRefused(String text, String message, String... fields) throws IOException {
        Files.writeString(rows, text);
        assertThatThrownBy(() -> Documents.read(rows, List.of(fields)))
                .isInstanceOf(DataException.class)
                .hasMessage(rows + message);
    }

    @Test
    void allTextFieldsOfARowMakeItsDocument() throws IOException {
        assertThat(
                        read(
                                """
                        {"id": 7, "question": "How many?", "answer": "Two.\\nÉ 数"}

                        {"answer": "b", "nested": {"x": "no"}, "question": "a"}
                        """))
                .containsExactly("How many?\nTwo.\nÉ 数", "b\na");
    }

    @Test
    void namedFieldsAreTakenInTheirOrder() throws IOException {
        assertThat(read("{\"a\": \"x\", \"b\": 1.5, \"c\": true}", "c", "a", "b"))
                .containsExactly("true\nx\n1.5");
    }

    @Test
    void carriageReturnsAndAByteOrderMarkAreNoText() throws IOException {
        assertThat(read("\ufeff{\"a\": \"x\"}\r\n{\"a\": \"y\"}\r\n")).containsExactly("x", "y");
    }

    @Test
    void aRowThatCannotBeUsedNamesItsLine() throws IOException {
        assertRefused(
                "{\"a\": \"x\"}\n\n{\"a\": \n",
                ":3: not a JSON object: Unexpected end-of-input within/between Object entries (column 7)");
        assertRefused("[1]\n", ":1: not a JSON object: it is an array");
        assertRefused("\"a\"\n", ":1: not a JSON object: it is a text");
        assertRefused("{\"a\": 1}\n", ":1: the row has no text field");
        assertRefused("{\"a\": \"x\"}\n{\"b\": \"y\"}\n", ":2: no field \"a\"; the row has b", "a");
        assertRefused("{\"a\": [\"x\"]}\n", ":1: field \"a\" is an array, not a text", "a");
        assertRefused("{\"a\": \" \"}\n", ":1: the fields hold no text", "a");
        assertRefused("{\"a\": \"\\ud800\"}\n", ":1: a text holds half of a surrogate pair");
        assertThatThrownBy(() -> read("{\"a\": \"x\"} {\"a\": \"y\"}\n"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(rows + ":1: not a JSON object: ");
        assertThatThrownBy(() -> read("{\"a\": \"x\", \"a\": \"y\"}\n"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(rows + ":1: not a JSON object: Duplicate field 'a'");
    }

    @Test
    void bytesThatAreNotUtf8NameTheirLine() throws IOException {
        byte[] bytes = "{\"a\": \"x\"}\n{\"a\": \"?\"}\n".getBytes(StandardCharsets.UTF_8);
        bytes[18] = (byte) 0xe9;
        Files.write(rows, bytes);
        assertThatThrownBy(() -> Documents.read(rows, List.of())).hasMessage(rows + ":2: not UTF-8 text");
    }

    @Test
    void linesLongerThanTheReadBufferStayWhole() throws IOException {
        String text = "é".repeat(200_001);
        assertThat(read("{\"a\": \"" + text + "\"}\n{\"a\": \"z\"}")).containsExactly(text, "z");
    }

    @Test
    void paragraphsOfPlainTextAreGathered() throws IOException {
        String paragraph = "A line of words that says little.\r\nAnd one more.\n";
        Path file = Files.writeString(folder.resolve("a.txt"), (paragraph + "\n").repeat(200));

        List<String> texts = Documents.read(file, List.of()).texts();

        String whole = ((paragraph + "\n").repeat(200)).replace("\r", "").strip();
        assertThat(String.join("\n\n", texts)).isEqualTo(whole);
        assertThat(texts.subList(0, texts.size() - 1)).allSatisfy(text -> assertThat(text.length())
                .isBetween(PlainText.ENOUGH_CHARS - 2, PlainText.ENOUGH_CHARS + paragraph.length() + 2));
    }

    @Test
    void longParagraphsAreCutAtLineEndsOnly() throws IOException {
        String line = "x".repeat(999);
        String longLine = "y".repeat(3 * PlainText.MOST_CHARS);
        Path file = Files.writeString(folder.resolve("a.txt"), (line + "\n").repeat(50) + longLine + "\n" + line);

        List<String> texts = Documents.read(file, List.of()).texts();

        assertThat(String.join("\n", texts)).isEqualTo((line + "\n").repeat(50) + longLine + "\n" + line);
        assertThat(texts).contains(longLine);
        assertThat(texts).filteredOn(text -> !text.equals(longLine)).allSatisfy(text -> assertThat(text.length())
                .isLessThanOrEqualTo(PlainText.MOST_CHARS));
    }

    @Test
    void aFolderIsReadInTheOrderOfNames() throws IOException {
        Files.writeString(folder.resolve("b.txt"), "second");
        Files.writeString(folder.resolve("a.jsonl"), "{\"t\": \"first\"}");
        Files.writeString(folder.resolve("c.md"), "not read");
        Files.createDirectory(folder.resolve("d.txt"));

        assertThat(Documents.read(folder, List.of()).texts()).containsExactly("first", "second");
    }

    @Test
    void nothingToReadGetsOneLine() throws IOException {
        Path missing = folder.resolve("none");
        assertThatThrownBy(() -> Documents.read(missing, List.of()))
                .hasMessage(missing + ": no such data file or folder");
        assertThatThrownBy(() -> Documents.read(folder, List.of()))
                .hasMessage(folder + ": holds no .jsonl or .txt file");
        assertRefused("", ": holds no text");
        assertRefused("\n  \n", ": holds no text");
        Path blank = Files.writeString(folder.resolve("blank.txt"), "\n \n\n");
        assertThatThrownBy(() -> Documents.read(blank, List.of())).hasMessage(blank + ": holds no text");
        Path json = Files.writeString(folder.resolve("x.json"), "[]");
        assertThatThrownBy(() -> Documents.read(json, List.of()))
                .hasMessage(json + ": JSON data must be one object a line, in a .jsonl file");
    }

    @Test
    void fingerprintsTellTextsAndOrderApart() {
        String ab = new Documents(List.of("a", "b")).fingerprint();
        assertThat(new Documents(List.of("a", "b")).fingerprint()).isEqualTo(ab);
        assertThat(new Documents(List.of("b", "a")).fingerprint()).isNotEqualTo(ab);
        assertThat(new Documents(List.of("ab")).fingerprint()).isNotEqualTo(ab);
    }
}
