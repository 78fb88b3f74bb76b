package io.witan.runtime.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Spelling of keys: from record components, and the one that a misspelt key probably meant. */
final class KeyNames {
    private KeyNames() {}

    /** {@code lrDecaySteps} becomes {@code lr_decay_steps}. */
    static String snakeCase(String component) {
        return component.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    /** The key nearest to {@code path}, also if only its section is wrong; empty if none is near. */
    static Optional<String> nearest(String path, List<String> keys) {
        return keys.stream()
                .filter(key -> cost(path, key) <= Math.max(2, path.length() / 3))
                .min(Comparator.comparingInt(key -> cost(path, key)));
    }

    private static int cost(String path, String key) {
        int asPath = distance(path, key);
        int asName = distance(lastPart(path), lastPart(key)) + 1;
        return Math.min(asPath, asName);
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** Edit distance: the fewest letters inserted, removed or replaced. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j - 1], row[j]) + 1);
            }
        }
        return row[to.length()];
    }
}
