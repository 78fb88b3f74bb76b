package io.witan.launcher;

import java.util.BitSet;

/** Some of a run's ranks, written as {@code 0,2-5}. Immutable. */
final class RankSelection {
    private static final int MAX_RANK = 4095;
    private static final String FORM = "rank numbers from 0 to " + MAX_RANK + ", such as 0,2-5";

    private final BitSet ranks = new BitSet();

    private RankSelection() {}

    /** @throws IllegalArgumentException with what is allowed */
    static RankSelection parse(String text) {
        RankSelection selection = new RankSelection();
        for (String part : text.split(",", -1)) {
            if (!part.matches("[0-9]{1,4}(-[0-9]{1,4})?")) {
                throw new IllegalArgumentException("must be " + FORM + ", got \"" + text + "\"");
            }
            String[] ends = part.split("-");
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            if (last < first || last > MAX_RANK) {
                throw new IllegalArgumentException("must be " + FORM + ", got \"" + text + "\"");
            }
            selection.ranks.set(first, last + 1);
        }
        return selection;
    }

    boolean contains(int rank) {
        return ranks.get(rank);
    }

    int last() {
        return ranks.length() - 1;
    }
}
