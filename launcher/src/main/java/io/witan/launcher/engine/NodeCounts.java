package io.witan.launcher.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Slurm's short form of a number for each node: {@code 2(x3),1} is 2, 2, 2, 1. */
final class NodeCounts {
    private static final int MAX_NODES = 4096;
    private static final int MAX_COUNT = 4096;
    private static final Pattern PART = Pattern.compile("([0-9]{1,5})(?:\\(x([0-9]{1,5})\\))?");

    private NodeCounts() {}

    /** @throws io.witan.launcher.exit.LaunchException code ENVIRONMENT */
    static List<Integer> expand(String variable, String text) {
        List<Integer> counts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher matcher = PART.matcher(part);
            int count = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
            int times = count > 0 && matcher.group(2) != null ? Integer.parseInt(matcher.group(2)) : 1;
            if (count < 1 || count > MAX_COUNT || times < 1 || counts.size() + times > MAX_NODES) {
                throw Variables.bad(variable, text, "numbers from 1 to " + MAX_COUNT + ", such as 2(x3),1");
            }
            for (int i = 0; i < times; i++) {
                counts.add(count);
            }
        }
        return counts;
    }
}
