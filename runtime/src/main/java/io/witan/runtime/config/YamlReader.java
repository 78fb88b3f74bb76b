package io.witan.runtime.config;

import io.witan.runtime.config.ConfigNode.Items;
import io.witan.runtime.config.ConfigNode.Scalar;
import io.witan.runtime.config.ConfigNode.Section;
import io.witan.runtime.config.ConfigNode.Style;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.events.StreamEndEvent;

/** Builds nodes from YAML's event stream, so that a value keeps its text as written and its line. */
final class YamlReader {
    private static final int MAX_DEPTH = 32;

    /** Whether lines of the text mean anything to the user. */
    enum Lines {
        NUMBERED,
        NONE
    }

    private final String name;
    private final Lines lines;
    private final Iterator<Event> events;

    private YamlReader(String text, String name, Lines lines) {
        this.name = name;
        this.lines = lines;
        this.events =
                new Yaml(new LoaderOptions()).parse(new StringReader(text)).iterator();
    }

    /** The value in {@code text}; an empty text is a null scalar. */
    static ConfigNode read(String text, String name, Lines lines) {
        YamlReader reader = new YamlReader(text, name, lines);
        try {
            return reader.document();
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            Origin origin = mark == null ? new Origin(name, 0) : reader.origin(mark);
            throw new ConfigException(origin, "not YAML: " + oneLine(e.getProblem()));
        } catch (YAMLException e) {
            throw new ConfigException(new Origin(name, 0), "not YAML: " + oneLine(e.getMessage()));
        }
    }

    private ConfigNode document() {
        events.next(); // stream start
        Event first = events.next();
        if (first instanceof StreamEndEvent) {
            return new Scalar("", Style.PLAIN, new Origin(name, 0));
        }
        if (!(first instanceof DocumentStartEvent)) {
            throw new ConfigException(origin(first.getStartMark()), "not YAML: unexpected " + first.getEventId());
        }
        ConfigNode root = node(events.next(), new Origin(name, 0), "", 0);
        if (!(events.next() instanceof DocumentEndEvent)) {
            throw new ConfigException(new Origin(name, 0), "not YAML: no end of the document");
        }
        Event last = events.next();
        if (!(last instanceof StreamEndEvent)) {
            throw new ConfigException(origin(last.getStartMark()), "a second YAML document begins; one is allowed");
        }
        return root;
    }

    private ConfigNode node(Event event, Origin origin, String path, int depth) {
        refuseExtras(event);
        if (depth > MAX_DEPTH) {
            throw new ConfigException(origin(event.getStartMark()), "nested deeper than " + MAX_DEPTH + " levels");
        }
        return switch (event) {
            case ScalarEvent scalar ->
                new Scalar(scalar.getValue(), scalar.isPlain() ? Style.PLAIN : Style.QUOTED, origin);
            case SequenceStartEvent start -> items(origin, path, depth);
            case MappingStartEvent start -> section(origin, path, depth);
            default ->
                throw new ConfigException(origin(event.getStartMark()), "not YAML: unexpected " + event.getEventId());
        };
    }

    private Items items(Origin origin, String path, int depth) {
        List<ConfigNode> values = new ArrayList<>();
        for (Event event = events.next(); !(event instanceof SequenceEndEvent); event = events.next()) {
            values.add(node(event, origin(event.getStartMark()), path + "[" + values.size() + "]", depth + 1));
        }
        return new Items(values, origin);
    }

    private Section section(Origin origin, String path, int depth) {
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        for (Event event = events.next(); !(event instanceof MappingEndEvent); event = events.next()) {
            Origin keyOrigin = origin(event.getStartMark());
            refuseExtras(event);
            if (!(event instanceof ScalarEvent keyEvent)) {
                throw new ConfigException(keyOrigin, "a key must be a word, got a list or a section");
            }
            String key = keyEvent.getValue();
            String keyPath = path.isEmpty() ? key : path + "." + key;
            if (entries.containsKey(key)) {
                int firstLine = entries.get(key).origin().line();
                String first = firstLine == 0 ? "" : ", first at line " + firstLine;
                throw new ConfigException(keyOrigin, keyPath + " is set twice" + first);
            }
            entries.put(key, node(events.next(), keyOrigin, keyPath, depth + 1));
        }
        return new Section(entries, origin);
    }

    private void refuseExtras(Event event) {
        if (event instanceof AliasEvent alias) {
            throw new ConfigException(
                    origin(event.getStartMark()), "alias *" + alias.getAnchor() + " is not supported");
        }
        if (event instanceof NodeEvent node && node.getAnchor() != null) {
            throw new ConfigException(
                    origin(event.getStartMark()), "anchor &" + node.getAnchor() + " is not supported");
        }
        String tag = tagOf(event);
        if (tag != null && !tag.equals("!")) {
            throw new ConfigException(origin(event.getStartMark()), "tag " + tag + " is not supported");
        }
    }

    private static String tagOf(Event event) {
        return switch (event) {
            case ScalarEvent scalar -> scalar.getTag();
            case SequenceStartEvent start -> start.getTag();
            case MappingStartEvent start -> start.getTag();
            default -> null;
        };
    }

    private Origin origin(Mark mark) {
        return new Origin(name, lines == Lines.NONE ? 0 : mark.getLine() + 1);
    }

    private static String oneLine(String message) {
        return message == null ? "unreadable" : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
