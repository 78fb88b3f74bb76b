package io.witan.runtime.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A value of a {@link ConfigTree}. Equality leaves the origin out: it is the value that counts. */
sealed interface ConfigNode {
    Origin origin();

    /** What a message calls it after "got". */
    String shown();

    /** YAML's two ways to write one value: only a plain one can be a number, a truth value or null. */
    enum Style {
        PLAIN,
        QUOTED
    }

    record Scalar(String text, Style style, Origin origin) implements ConfigNode {
        private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
        private static final int SHOWN_CHARS = 80;

        boolean isNull() {
            return style == Style.PLAIN && NULLS.contains(text);
        }

        @Override
        public String shown() {
            String line = text.replaceAll("\\s+", " ");
            return '"' + (line.length() > SHOWN_CHARS ? line.substring(0, SHOWN_CHARS) + "…" : line) + '"';
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Scalar that && text.equals(that.text) && style == that.style;
        }

        @Override
        public int hashCode() {
            return text.hashCode() * 31 + style.hashCode();
        }
    }

    record Items(List<ConfigNode> values, Origin origin) implements ConfigNode {
        public Items {
            values = List.copyOf(values);
        }

        @Override
        public String shown() {
            return "a list";
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Items that && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return values.hashCode();
        }
    }

    record Section(Map<String, ConfigNode> entries, Origin origin) implements ConfigNode {
        public Section {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        static Section empty(Origin origin) {
            return new Section(Map.of(), origin);
        }

        /** This section with those of {@code over} put on top; sections merge, everything else is replaced. */
        Section overlaid(Section over) {
            Map<String, ConfigNode> merged = new LinkedHashMap<>(entries);
            over.entries.forEach((key, value) -> merged.merge(
                    key,
                    value,
                    (below, above) -> below instanceof Section lower && above instanceof Section upper
                            ? lower.overlaid(upper)
                            : above));
            return new Section(merged, origin);
        }

        @Override
        public String shown() {
            return "a section";
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Section that && entries.equals(that.entries);
        }

        @Override
        public int hashCode() {
            return entries.hashCode();
        }
    }
}
