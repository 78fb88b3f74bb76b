package io.witan.models.jiuzhang.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.runtime.data.JsonRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of TAL-SCQ5K: single choice, with knowledge points and a worked analysis. */
final class TalRow {
    private static final String OPTIONS = "answer_option_list";

    private TalRow() {}

    static Problem problem(JsonRow row, Language language) {
        row.oneOf("qtype", List.of("single_choice"));
        List<String> letters = new ArrayList<>();
        List<String> options = new ArrayList<>();
        for (JsonNode item : row.array(OPTIONS)) {
            JsonNode option = item.path(0);
            letters.add(part(row, option, "aoVal"));
            options.add(part(row, option, "content"));
        }
        if (options.isEmpty()) {
            throw row.refused(OPTIONS, "has no option");
        }
        if (letters.stream().distinct().count() < letters.size()) {
            throw row.refused(OPTIONS, "has a letter twice: " + String.join(", ", letters));
        }
        int right = letters.indexOf(row.oneOf("answer_value", letters));
        String text = row.text("problem");
        return new Problem(
                row.place(),
                language,
                text,
                options,
                right,
                String.join(" ", row.texts("answer_analysis")),
                options.get(right),
                route(row),
                List.of(),
                Problem.keyOf(text));
    }

    private static String part(JsonRow row, JsonNode option, String name) {
        JsonNode value = option.path(name);
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw row.refused(OPTIONS, "has an option without \"" + name + "\"");
        }
        return value.textValue().strip();
    }

    /** The first of its routes. */
    private static List<String> route(JsonRow row) {
        List<String> routes = row.texts("knowledge_point_routes");
        return routes.isEmpty()
                ? List.of()
                : Arrays.stream(routes.getFirst().split("->"))
                        .map(String::strip)
                        .toList();
    }
}
