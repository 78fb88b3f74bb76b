package io.witan.models.jiuzhang.text;

import io.witan.runtime.data.DataException;
import java.util.List;

/**
 * The answers of a task that a word stands for, with an id each.
 *
 * @param task for errors
 * @param names in the order of their ids; at least one
 * @param firstId of the first name
 */
public record LabelSet(String task, List<String> names, int firstId) {
    public LabelSet {
        names = List.copyOf(names);
        if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
            throw new IllegalArgumentException(task + ": labels must be different and at least one, got " + names);
        }
    }

    /** The id after the last. */
    public int endId() {
        return firstId + names.size();
    }

    public boolean contains(String name) {
        return names.contains(name);
    }

    /**
     * The id of a label.
     *
     * @throws DataException if it is not in the set
     */
    public int id(String name) {
        int index = names.indexOf(name);
        if (index < 0) {
            throw new DataException(task + ": label \"" + name + "\" is not among the " + names.size() + ": "
                    + String.join(", ", names));
        }
        return firstId + index;
    }
}
