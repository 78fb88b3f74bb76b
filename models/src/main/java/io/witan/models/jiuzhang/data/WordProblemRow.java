package io.witan.models.jiuzhang.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.jiuzhang.data.Problem.JsonPlace;
import io.witan.runtime.data.JsonRow;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Rows of word problems: Math23K, CMATH, GSM8K and SVAMP. */
final class WordProblemRow {
    private static final String ANSWER_MARK = "#### ";
    /** What SVAMP calls an operation, and its name; one row of the source misspells its own. */
    private static final Map<String, String> OPERATIONS = Map.of(
            "Addition", "Addition",
            "Subtraction", "Subtraction",
            "Multiplication", "Multiplication",
            "Common-Division", "Division",
            "Common-Divison", "Division");

    private WordProblemRow() {}

    static Problem math23k(JsonRow row, Language language) {
        String equation = row.text("equation");
        if (!equation.startsWith("x=")) {
            throw row.refused("equation", "must begin with x=, got " + equation);
        }
        List<String> words =
                Arrays.stream(row.text("segmented_text").split("\\s+")).toList();
        return Problem.open(place(row, language), row.text("original_text"), equation, row.text("ans"))
                .withWords(words);
    }

    static Problem cmath(JsonRow row, Language language) {
        return Problem.open(place(row, language), row.text("input"), "", row.text("golden"));
    }

    static Problem cmathDistractor(JsonRow row, Language language) {
        return cmath(row, language).keyedBy(row.text("original"));
    }

    static Problem gsm8k(JsonRow row, Language language) {
        String worked = row.text("answer");
        int mark = worked.lastIndexOf(ANSWER_MARK);
        if (mark < 0 || worked.substring(mark + ANSWER_MARK.length()).isBlank()) {
            throw row.refused("answer", "has no line " + ANSWER_MARK + "with the result");
        }
        String solution = worked.substring(0, mark).replaceAll("<<[^<>]*>>", "").strip();
        String answer = worked.substring(mark + ANSWER_MARK.length()).strip();
        return Problem.open(place(row, language), row.text("question"), solution, answer);
    }

    static Problem svamp(JsonRow row, Language language) {
        String type = row.oneOf("Type", OPERATIONS.keySet().stream().sorted().toList());
        JsonNode answer = row.value("Answer");
        if (!answer.isNumber()) {
            throw row.refused("Answer", "is " + answer + ", not a number");
        }
        String body = row.text("Body");
        String text = body + (body.endsWith(".") ? " " : ". ") + row.text("Question");
        return Problem.open(place(row, language), text, row.text("Equation"), plain(answer.decimalValue()))
                .withRoute(List.of("Arithmetic", OPERATIONS.get(type)));
    }

    private static String plain(BigDecimal value) {
        return value.stripTrailingZeros().toPlainString();
    }

    private static JsonPlace place(JsonRow row, Language language) {
        return new JsonPlace(row.place(), language);
    }
}
