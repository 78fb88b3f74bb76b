package io.witan.models.dmoerm.data;

import static io.witan.models.dmoerm.data.Winner.FIRST;
import static io.witan.models.dmoerm.data.Winner.SECOND;
import static io.witan.models.dmoerm.data.Winner.TIE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnotatedPairsTest {
    @TempDir
    Path folder;

    private static String row(String application, String instruction, String input, String first, String votes) {
        String[] vote = votes.split(" ");
        return """
                {"idx": 1, "motivation_app": "%s", "cmp_key": "a_b", "instruction": "%s", "input": "%s", \
                "response1": %s, "response2": "b", "annotator1": %s, "annotator2": %s, "annotator3": %s}
                """
                .formatted(application, instruction, input, first, vote[0], vote[1], vote[2]);
    }

    private static String votes(String votes) {
        return row("Gmail", "Do.", "", "\"a\"", votes);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("pairs.jsonl"), text);
    }

    private void assertRefused(String text, String message) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> AnnotatedPairs.read(file))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + message);
    }

    @Test
    void rowsBecomePairs() throws IOException {
        List<TextPair> pairs = AnnotatedPairs.read(file(row("Sudoku", " Solve. ", "1 2", "true", "1 1 0")
                        + row("Reddit", " ", "Truth", "\"\"", "2 2 2")))
                .decided();

        assertThat(pairs)
                .containsExactly(
                        new TextPair(
                                new PairLabels(
                                        Category.OBJECTIVE_QA,
                                        FIRST,
                                        Winner.UNKNOWN,
                                        List.of(FIRST, FIRST, TIE),
                                        List.of()),
                                List.of("Solve.\n1 2"),
                                "true",
                                "b"),
                        new TextPair(
                                new PairLabels(
                                        Category.SUBJECTIVE_QA,
                                        SECOND,
                                        Winner.UNKNOWN,
                                        List.of(SECOND, SECOND, SECOND),
                                        List.of()),
                                List.of("Truth"),
                                "",
                                "b"));
    }

    @Test
    void tiesAndRowsWithoutAMajorityAreKeptApart() throws IOException {
        AnnotatedPairs pairs =
                AnnotatedPairs.read(file(votes("1 2 1") + votes("0 0 1") + votes("0 1 2") + votes("2 0 2")));

        assertThat(pairs.decided()).extracting(pair -> pair.labels().observed()).containsExactly(FIRST, SECOND);
        assertThat(pairs.tied()).extracting(pair -> pair.labels().observed()).containsExactly(TIE, TIE);
        assertThat(pairs.tied().get(1).labels().votes()).containsExactly(TIE, FIRST, SECOND);
        assertThat(pairs.tied().get(1).labels().agreement()).isZero();
        assertThat(pairs.decided().get(0).labels().agreement()).isCloseTo(1 / 3.0, within(1e-12));
    }

    @Test
    void whatIsNoPairIsRefusedWithFileRowAndField() throws IOException {
        String good = votes("1 1 1");
        assertRefused(
                good + votes("1 3 1"),
                ":2: field \"annotator2\" is 3; allowed are 0 (a tie), 1 and 2 (that response is better)");
        assertRefused(votes("1 \"1\" 1"), ":1: field \"annotator2\" is \"1\"; allowed are 0 (a tie)");
        assertRefused(
                row("Paint", "Do.", "", "\"a\"", "1 1 1"),
                ":1: field \"motivation_app\" is \"Paint\"; allowed are Messenger, ");
        assertRefused(row("Gmail", " ", "", "\"a\"", "1 1 1"), ":1: fields \"instruction\" and \"input\" hold no text");
        assertRefused(row("Gmail", "Do.", "", "[]", "1 1 1"), ":1: field \"response1\" is an array, not a text");
        assertRefused(good.replace("annotator3", "annotator"), ":1: no field \"annotator3\"; the row has idx, ");
        assertRefused("\n", ": holds no pair");
    }
}
