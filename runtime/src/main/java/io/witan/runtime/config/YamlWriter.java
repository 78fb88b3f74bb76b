package io.witan.runtime.config;

import io.witan.runtime.config.ConfigNode.Items;
import io.witan.runtime.config.ConfigNode.Scalar;
import io.witan.runtime.config.ConfigNode.Section;
import io.witan.runtime.config.ConfigNode.Style;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes nodes as YAML that {@link YamlReader} reads back to equal nodes. */
final class YamlWriter {
    private static final Pattern SAFE_PLAIN =
            Pattern.compile("[A-Za-z0-9_./+][A-Za-z0-9_./+-]*|-?[0-9.][A-Za-z0-9.+-]*");

    private YamlWriter() {}

    static String write(Section root) {
        return lines(root).stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static List<String> lines(ConfigNode node) {
        List<String> lines = new ArrayList<>();
        switch (node) {
            case Scalar scalar -> lines.add(text(scalar));
            case Items items
            when isFlow(items) ->
                lines.add(items.values().stream()
                        .map(item -> text((Scalar) item))
                        .collect(Collectors.joining(", ", "[", "]")));
            case Items items -> items.values().forEach(item -> indent(lines, "- ", lines(item)));
            case Section section when section.entries().isEmpty() -> lines.add("{}");
            case Section section -> section.entries().forEach((key, value) -> entry(lines, key, value));
        }
        return lines;
    }

    private static void entry(List<String> lines, String key, ConfigNode value) {
        String start = (SAFE_PLAIN.matcher(key).matches() ? key : quoted(key)) + ":";
        boolean inline = value instanceof Scalar
                || value instanceof Items items && isFlow(items)
                || value instanceof Section section && section.entries().isEmpty();
        if (inline) {
            lines.add(start + " " + lines(value).getFirst());
        } else {
            lines.add(start);
            lines(value).forEach(line -> lines.add("  " + line));
        }
    }

    private static void indent(List<String> lines, String first, List<String> block) {
        for (int i = 0; i < block.size(); i++) {
            lines.add((i == 0 ? first : "  ") + block.get(i));
        }
    }

    private static boolean isFlow(Items items) {
        return items.values().stream().allMatch(Scalar.class::isInstance);
    }

    private static String text(Scalar scalar) {
        if (scalar.isNull()) {
            return "null";
        }
        boolean plain = scalar.style() == Style.PLAIN
                && SAFE_PLAIN.matcher(scalar.text()).matches();
        return plain ? scalar.text() : quoted(scalar.text());
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(point -> {
            switch (point) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    if (point >= ' ' && point < 0x7f || Character.isLetterOrDigit(point)) {
                        out.appendCodePoint(point);
                    } else if (point < 0x10000) {
                        out.append("\\u%04x".formatted(point));
                    } else {
                        out.append("\\U%08x".formatted(point));
                    }
                }
            }
        });
        return out.append('"').toString();
    }
}
