package io.witan.runtime.config;

import io.witan.runtime.config.ConfigNode.Items;
import io.witan.runtime.config.ConfigNode.Scalar;
import io.witan.runtime.config.ConfigNode.Section;
import io.witan.runtime.config.RecordSchema.Key;
import io.witan.runtime.config.ValueType.OfList;
import io.witan.runtime.config.ValueType.OfOptional;
import io.witan.runtime.config.ValueType.OfRecord;
import io.witan.runtime.config.ValueType.OfScalar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Turns a {@link ConfigTree} into records and back.
 *
 * <p>A record is a section, a component is a key: {@code dModel} is {@code d_model}. Components may be int, long, double,
 * float, boolean, String, {@link IntOrAuto}, an enum (constants in lower snake case), a record, and {@link List} or {@link Optional} of
 * these. A key without {@link Default} must be set, except an Optional, or a record whose keys may all be left out. A
 * compact constructor may refuse what the types allow by throwing IllegalArgumentException; the message is shown with
 * the section's place.
 */
public final class ConfigBinder {
    private static final Origin BUILT = new Origin("record", 0);

    private final RecordSchema rootSchema;
    private final String rootPath;

    private ConfigBinder(RecordSchema rootSchema, String rootPath) {
        this.rootSchema = rootSchema;
        this.rootPath = rootPath;
    }

    /**
     * @throws ConfigException if a key is unknown, missing, ill-typed or out of range, or the record refuses its values:
     *     one line with file and line, or flag
     */
    public static <T extends Record> T bind(ConfigTree tree, Class<T> type) {
        RecordSchema schema = RecordSchema.of(type);
        return type.cast(new ConfigBinder(schema, tree.path()).section(tree.root(), tree.path(), schema));
    }

    /** Every key with its value, defaults too: binds back to an equal record. */
    public static ConfigTree toTree(Record values) {
        return new ConfigTree(sectionOf(values, RecordSchema.of(values.getClass())), "");
    }

    /** Every key that {@link #bind} accepts, in the order of the components. */
    public static List<KeyDescription> describe(Class<? extends Record> type) {
        List<KeyDescription> keys = new ArrayList<>();
        RecordSchema.of(type).describe("", keys);
        return List.copyOf(keys);
    }

    private Object section(Section section, String path, RecordSchema schema) {
        section.entries().forEach((name, node) -> {
            if (schema.key(name).isEmpty()) {
                throw new ConfigException(node.origin(), unknown(join(path, name), path, schema));
            }
        });
        Object[] values =
                schema.keys().stream().map(key -> value(section, path, key)).toArray();
        try {
            return schema.make(values);
        } catch (IllegalArgumentException e) {
            String where = path.isEmpty() ? "" : path + ": ";
            throw new ConfigException(place(section) + ": " + where + e.getMessage());
        }
    }

    private Object value(Section section, String path, Key key) {
        String keyPath = join(path, key.name());
        ConfigNode node = section.entries().get(key.name());
        if (node == null || node instanceof Scalar scalar && scalar.isNull()) {
            if (key.type() instanceof OfRecord of) {
                return section(Section.empty(section.origin()), keyPath, of.schema());
            }
            if (key.type() instanceof OfOptional) {
                return Optional.empty();
            }
            node = key.fallback().orElseThrow(() -> new ConfigException(section.origin(), key.missing(keyPath)));
        }
        return value(node, keyPath, key.type());
    }

    private Object value(ConfigNode node, String path, ValueType type) {
        return switch (type) {
            case OfOptional of -> Optional.of(value(node, path, of.value()));
            case OfRecord of when node instanceof Section section -> section(section, path, of.schema());
            case OfList of when node instanceof Items items -> list(items, path, of.item());
            case OfScalar of
            when node instanceof Scalar scalar ->
                of.scalar().parse(scalar).orElseThrow(() -> illTyped(node, path, type));
            default -> throw illTyped(node, path, type);
        };
    }

    private List<Object> list(Items items, String path, ValueType type) {
        List<Object> values = new ArrayList<>();
        for (ConfigNode item : items.values()) {
            values.add(value(item, path + "[" + values.size() + "]", type));
        }
        return List.copyOf(values);
    }

    private static ConfigException illTyped(ConfigNode node, String path, ValueType type) {
        String quoted = node instanceof Scalar scalar
                        && scalar.style() == ConfigNode.Style.QUOTED
                        && type instanceof OfScalar of
                        && of.scalar()
                                .parse(new Scalar(scalar.text(), ConfigNode.Style.PLAIN, BUILT))
                                .isPresent()
                ? "the quoted text "
                : "";
        return new ConfigException(
                node.origin(), path + " must be " + type.expected() + ", got " + quoted + node.shown());
    }

    private String unknown(String keyPath, String path, RecordSchema schema) {
        String known = KeyNames.nearest(keyPath, rootSchema.paths(rootPath))
                .map(key -> "nearest: " + key)
                .orElseGet(() ->
                        "keys here: " + schema.keys().stream().map(Key::name).collect(Collectors.joining(", ")));
        return keyPath + " is not a key; " + known;
    }

    /** Where a section is, and the overrides inside it that come from elsewhere. */
    private static String place(Section section) {
        Set<String> others = new LinkedHashSet<>();
        collectOrigins(section, others);
        others.remove(section.origin().name());
        return section.origin()
                + (others.isEmpty() ? "" : others.stream().collect(Collectors.joining(", ", " with ", "")));
    }

    private static void collectOrigins(ConfigNode node, Set<String> names) {
        if (node instanceof Section section) {
            section.entries().values().forEach(value -> collectOrigins(value, names));
        } else {
            names.add(node.origin().name());
        }
    }

    private static Section sectionOf(Object values, RecordSchema schema) {
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        for (Key key : schema.keys()) {
            nodeOf(key.of(values), key.type()).ifPresent(node -> entries.put(key.name(), node));
        }
        return new Section(entries, BUILT);
    }

    private static Optional<ConfigNode> nodeOf(Object value, ValueType type) {
        return switch (type) {
            case OfScalar of -> Optional.of(of.scalar().write(value, BUILT));
            case OfRecord of -> Optional.of(sectionOf(value, of.schema()));
            case OfOptional of -> ((Optional<?>) value).flatMap(present -> nodeOf(present, of.value()));
            case OfList of ->
                Optional.of(new Items(
                        ((List<?>) value)
                                .stream()
                                        .map(item -> nodeOf(item, of.item()).orElseThrow())
                                        .toList(),
                        BUILT));
        };
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
