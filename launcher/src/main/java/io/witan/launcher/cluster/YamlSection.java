package io.witan.launcher.cluster;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** One mapping of a YAML file, with the lines of its keys for messages. */
final class YamlSection {
    private final String origin;
    private final String path;
    private final Node at;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();

    private YamlSection(String origin, String path, Node at) {
        this.origin = origin;
        this.path = path;
        this.at = at;
    }

    static YamlSection of(String origin, String path, Node node) {
        YamlSection section = new YamlSection(origin, path, node);
        if (!(node instanceof MappingNode mapping)) {
            String what = path.isEmpty() ? "the file" : path;
            throw section.at(lineOf(node), what + " must be a mapping of keys to values");
        }
        for (NodeTuple tuple : mapping.getValue()) {
            section.add(tuple);
        }
        return section;
    }

    private void add(NodeTuple tuple) {
        int line = lineOf(tuple.getKeyNode());
        if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
            throw at(line, "a key must be plain text");
        }
        if (values.putIfAbsent(key.getValue(), tuple.getValueNode()) != null) {
            throw at(line, full(key.getValue()) + " is given twice");
        }
        lines.put(key.getValue(), line);
    }

    void allowOnly(List<String> keys) {
        for (String key : values.keySet()) {
            if (!keys.contains(key)) {
                throw error(key, "is not a key; keys are " + String.join(", ", keys));
            }
        }
    }

    String required(String key) {
        String value = text(key, "");
        if (value.isBlank()) {
            throw error(key, "is missing");
        }
        return value;
    }

    String text(String key, String otherwise) {
        Node node = values.get(key);
        if (node == null) {
            return otherwise;
        }
        if (!(node instanceof ScalarNode scalar)) {
            throw error(key, "must be text");
        }
        return scalar.getValue();
    }

    int number(String key, int otherwise, int min, int max) {
        String text = text(key, Integer.toString(otherwise));
        if (text.matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw error(key, "must be a whole number from " + min + " to " + max + ", got \"" + text + "\"");
    }

    List<String> words(String key) {
        List<String> words = new ArrayList<>();
        for (Node item : items(key, false)) {
            if (!(item instanceof ScalarNode scalar) || scalar.getValue().isEmpty()) {
                throw error(key, "must be a list of words");
            }
            words.add(scalar.getValue());
        }
        return words;
    }

    List<YamlSection> sections(String key) {
        List<YamlSection> sections = new ArrayList<>();
        for (Node item : items(key, true)) {
            sections.add(of(origin, full(key) + "[" + sections.size() + "]", item));
        }
        return sections;
    }

    private List<Node> items(String key, boolean required) {
        Node node = values.get(key);
        if (node == null && !required) {
            return List.of();
        }
        if (node == null) {
            throw error(key, "is missing");
        }
        if (!(node instanceof SequenceNode sequence) || sequence.getValue().isEmpty()) {
            throw error(key, "must be a list with at least one item");
        }
        return sequence.getValue();
    }

    LaunchException error(String key, String problem) {
        return at(lines.getOrDefault(key, lineOf(at)), full(key) + " " + problem);
    }

    private LaunchException at(int line, String problem) {
        return new LaunchException(ExitCode.CONFIG, origin + ":" + line + ": " + ClusterFile.oneLine(problem));
    }

    private String full(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }
}
