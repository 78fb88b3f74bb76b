package io.witan.runtime.config;

import io.witan.runtime.config.ConfigNode.Scalar;
import io.witan.runtime.config.ConfigNode.Section;
import io.witan.runtime.config.ConfigNode.Style;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Configuration before it is typed: sections of keys, each value with its origin. Immutable; two trees are equal if they
 * hold the same keys and values, wherever these came from.
 */
public final class ConfigTree {
    private final Section root;
    private final String path;

    ConfigTree(Section root, String path) {
        this.root = root;
        this.path = path;
    }

    /** No key at all: everything is at its default. */
    public static ConfigTree empty() {
        return new ConfigTree(Section.empty(new Origin("configuration", 0)), "");
    }

    /**
     * @param text one YAML document, or nothing
     * @param originName what messages call it, usually the file
     * @throws ConfigException if it is not YAML, its root is not a section, or a key is there twice
     */
    public static ConfigTree parse(String text, String originName) {
        ConfigNode node = YamlReader.read(text, originName, YamlReader.Lines.NUMBERED);
        Origin origin = new Origin(originName, 0);
        if (node instanceof Scalar scalar && scalar.isNull()) {
            return new ConfigTree(Section.empty(origin), "");
        }
        if (node instanceof Section section) {
            return new ConfigTree(section, "");
        }
        throw new ConfigException(origin, "must be sections of keys, got " + node.shown());
    }

    /**
     * This tree with one value replaced or added.
     *
     * @param assignment {@code key=value}: the key with dots between section and key, the value a YAML scalar or a list
     *     in brackets; an empty value puts the key back to its default
     * @param flag how the user gave it; messages show it with the assignment: {@code --set train.lr=1e-3}
     * @throws ConfigException if the assignment has no key or its value is not YAML
     */
    public ConfigTree set(String assignment, String flag) {
        Origin origin = new Origin(flag + " " + assignment, 0);
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            throw new ConfigException(origin, "must be key=value, as in train.lr=1e-3");
        }
        List<String> keys = List.of(assignment.substring(0, equals).strip().split("\\.", -1));
        if (keys.stream().anyMatch(String::isBlank)) {
            throw new ConfigException(origin, "the key has an empty part");
        }
        ConfigNode value = YamlReader.read(assignment.substring(equals + 1), origin.name(), YamlReader.Lines.NONE);
        if (value instanceof Section) {
            throw new ConfigException(origin, "the value must be one value or a list; quote it if it holds \": \"");
        }
        if (value instanceof Scalar scalar) {
            value = new Scalar(scalar.text(), scalar.style(), origin);
        }
        for (String key : keys.reversed()) {
            value = new Section(Map.of(key, value), origin);
        }
        return new ConfigTree(root.overlaid((Section) value), path);
    }

    /** As {@link #set(String, String)}, with a value that is taken as text, whatever it looks like (a path, say). */
    public ConfigTree setText(String key, String text, String flag) {
        Origin origin = new Origin(flag + " " + text, 0);
        ConfigNode value = new Scalar(text, Style.QUOTED, origin);
        for (String part : List.of(key.split("\\.", -1)).reversed()) {
            value = new Section(Map.of(part, value), origin);
        }
        return new ConfigTree(root.overlaid((Section) value), path);
    }

    /** This tree with the keys of {@code over} on top: sections merge key by key, a list is replaced as a whole. */
    public ConfigTree overlay(ConfigTree over) {
        return new ConfigTree(root.overlaid(over.root), path);
    }

    /** The keys of this section, in the order written. */
    public Set<String> keys() {
        return root.entries().keySet();
    }

    /**
     * A section, empty if it is not there; messages keep naming its keys by their full path.
     *
     * @throws ConfigException if the key holds a value or a list
     */
    public ConfigTree section(String key) {
        String keyPath = path.isEmpty() ? key : path + "." + key;
        ConfigNode node = root.entries().get(key);
        if (node == null || node instanceof Scalar scalar && scalar.isNull()) {
            return new ConfigTree(Section.empty(root.origin()), keyPath);
        }
        if (node instanceof Section section) {
            return new ConfigTree(section, keyPath);
        }
        throw new ConfigException(node.origin(), keyPath + " must be a section, got " + node.shown());
    }

    /** The text of a scalar of this section, empty if it is not set or not a scalar. */
    public Optional<String> text(String key) {
        return root.entries().get(key) instanceof Scalar scalar && !scalar.isNull()
                ? Optional.of(scalar.text())
                : Optional.empty();
    }

    /** YAML text that {@link #parse} reads back to an equal tree. */
    public String toYaml() {
        return YamlWriter.write(root);
    }

    Section root() {
        return root;
    }

    /** Where this section lies in the whole, with dots; empty for the root. */
    String path() {
        return path;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConfigTree that && root.equals(that.root);
    }

    @Override
    public int hashCode() {
        return root.hashCode();
    }

    @Override
    public String toString() {
        return toYaml();
    }
}
