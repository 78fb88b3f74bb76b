package io.witan.models.jiuzhang;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.metric.Interval;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * What was measured of a task on one kind of data.
 *
 * @param name of task and data, for people
 * @param rows that it was measured on
 * @param values by name, with their 95 % intervals; not copied
 */
record Measure(String name, int rows, SequencedMap<String, Interval> values) {
    /** Without values. */
    Measure(String name, int rows) {
        this(name, rows, new LinkedHashMap<>());
    }

    /** And this value. */
    Measure with(String value, Interval interval) {
        SequencedMap<String, Interval> more = new LinkedHashMap<>(values);
        more.put(value, interval);
        return new Measure(name, rows, more);
    }

    /** And a value that is known. */
    Measure with(String value, double known) {
        return with(value, new Interval(known, known, known));
    }

    /** For people. */
    String line() {
        return name + ", " + rows + " rows: "
                + values.entrySet().stream()
                        .map(value -> value.getKey() + " " + value.getValue())
                        .collect(Collectors.joining(", "));
    }

    /** For programs. */
    ObjectNode json() {
        ObjectNode node = new JsonMapper().createObjectNode().put("name", name).put("rows", rows);
        values.forEach((value, interval) -> node.putObject(value)
                .put("value", interval.value())
                .put("low", interval.low())
                .put("high", interval.high()));
        return node;
    }
}
