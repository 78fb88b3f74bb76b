package io.witan.launcher.engine;

import java.util.ArrayList;
import java.util.List;

/** Slurm's short form of host names: {@code tux[1-3,07],login} is tux1, tux2, tux3, tux07 and login. */
final class HostList {
    private static final int MAX_HOSTS = 4096;
    private static final int MAX_LENGTH = 1 << 20;
    private static final String RANGE = "[0-9]{1,9}(-[0-9]{1,9})?";
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
    private static final String FORM = "host names, such as tux[1-3,7],login";

    private final String variable;
    private final String text;

    private HostList(String variable, String text) {
        this.variable = variable;
        this.text = text;
    }

    /**
     * At most 4096 names, in the order of the list.
     *
     * @param variable for messages
     * @throws io.witan.launcher.exit.LaunchException code ENVIRONMENT
     */
    static List<String> expand(String variable, String text) {
        return new HostList(variable, text).hosts();
    }

    private List<String> hosts() {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            throw bad();
        }
        List<String> hosts = new ArrayList<>();
        int from = 0;
        int depth = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? ',' : text.charAt(i);
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (depth < 0 || depth > 1) {
                throw bad();
            }
            if (c == ',' && depth == 0) {
                addAll(hosts, names(text.substring(from, i)));
                from = i + 1;
            }
        }
        if (depth != 0) {
            throw bad();
        }
        return hosts;
    }

    /** One element of the list, with any number of brackets. */
    private List<String> names(String element) {
        int open = element.indexOf('[');
        if (open < 0) {
            return List.of(element);
        }
        int close = element.indexOf(']', open);
        List<String> tails = names(element.substring(close + 1));
        List<String> names = new ArrayList<>();
        for (String range : element.substring(open + 1, close).split(",", -1)) {
            for (String number : range(range)) {
                tails.forEach(tail -> names.add(element.substring(0, open) + number + tail));
                if (names.size() > MAX_HOSTS) {
                    throw bad();
                }
            }
        }
        return names;
    }

    /** Numbers keep the digits of the first: 08-10 is 08, 09, 10. */
    private List<String> range(String range) {
        if (!range.matches(RANGE)) {
            throw bad();
        }
        String[] ends = range.split("-");
        int first = Integer.parseInt(ends[0]);
        int last = Integer.parseInt(ends[ends.length - 1]);
        if (last < first || last - first >= MAX_HOSTS) {
            throw bad();
        }
        List<String> numbers = new ArrayList<>();
        for (int number = first; number <= last; number++) {
            String digits = Integer.toString(number);
            numbers.add("0".repeat(Math.max(0, ends[0].length() - digits.length())) + digits);
        }
        return numbers;
    }

    private void addAll(List<String> hosts, List<String> names) {
        for (String name : names) {
            if (!name.matches(NAME) || hosts.size() == MAX_HOSTS) {
                throw bad();
            }
            hosts.add(name);
        }
    }

    private RuntimeException bad() {
        return Variables.bad(variable, text, FORM);
    }
}
