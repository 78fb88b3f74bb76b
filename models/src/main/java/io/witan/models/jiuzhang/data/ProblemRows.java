package io.witan.models.jiuzhang.data;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.JsonRow;
import io.witan.runtime.data.JsonRows;
import java.lang.Character.UnicodeScript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Problems of any file whose rows have the fields of one of the known files.
 *
 * @param form of the rows: that of the first
 * @param problems in the order of the file; at least one
 */
public record ProblemRows(Form form, List<Problem> problems) {
    public ProblemRows {
        problems = List.copyOf(problems);
    }

    /** The fields of rows. */
    public enum Form {
        /** Options, worked analysis and knowledge points. */
        TAL("answer_option_list", "problem", "knowledge_point_routes", TalRow::problem),
        MATH23K("segmented_text", "original_text", "", WordProblemRow::math23k),
        /** With the question that it was made from. */
        CMATH_DISTRACTOR("original", "input", "", WordProblemRow::cmathDistractor),
        CMATH("golden", "input", "", WordProblemRow::cmath),
        GSM8K("question", "question", "", WordProblemRow::gsm8k),
        SVAMP("Body", "Body", "Type", WordProblemRow::svamp);

        private final String mark;
        private final String text;
        private final String points;
        private final BiFunction<JsonRow, Language, Problem> parser;

        Form(String mark, String text, String points, BiFunction<JsonRow, Language, Problem> parser) {
            this.mark = mark;
            this.text = text;
            this.points = points;
            this.parser = parser;
        }

        /** The field of knowledge points; empty: there is none. */
        public String points() {
            return points;
        }

        private Problem problem(JsonRow row) {
            return parser.apply(row, languageOf(row.text(text)));
        }

        private static Form of(JsonRow row) {
            return Arrays.stream(values())
                    .filter(form -> row.has(form.mark))
                    .findFirst()
                    .orElseThrow(() -> row.refused("no field tells what problems these are; one of "
                            + Arrays.stream(values())
                                    .map(form -> "\"" + form.mark + "\"")
                                    .collect(Collectors.joining(", "))
                            + " must be there"));
        }
    }

    /** Chinese if the text has a Chinese character. */
    private static Language languageOf(String text) {
        return text.codePoints().anyMatch(point -> UnicodeScript.of(point) == UnicodeScript.HAN)
                ? Language.CHINESE
                : Language.ENGLISH;
    }

    /** @throws DataException if the file is missing or empty, or a row cannot be used: one line with file, row and field */
    public static ProblemRows read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(file + ": no such file of problems");
        }
        List<Problem> problems = new ArrayList<>();
        List<Form> form = new ArrayList<>();
        JsonRows.read(file, row -> {
            if (form.isEmpty()) {
                form.add(Form.of(row));
            }
            problems.add(form.getFirst().problem(row));
        });
        if (problems.isEmpty()) {
            throw new DataException(file + ": holds no problem");
        }
        return new ProblemRows(form.getFirst(), problems);
    }
}
