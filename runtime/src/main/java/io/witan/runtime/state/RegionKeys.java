package io.witan.runtime.state;

import java.util.Arrays;
import java.util.List;

/** What the regions of a rank's state are called in its memory, and so in its vault. */
public final class RegionKeys {
    /** The region of all that is not an expert's. */
    public static final String DENSE = "dense";

    private RegionKeys() {}

    /** The region that has an expert, which one is not in its name. @param slot from 0 */
    public static String expert(int slot) {
        return "expert.%03d".formatted(slot);
    }

    /** The memory of one part of a region. */
    public static String of(String region, StatePart part) {
        return region
                + switch (part) {
                    case PARAMETER -> ".p";
                    case FIRST_MOMENT -> ".m";
                    case SECOND_MOMENT -> ".v";
                };
    }

    /** Of all parts, in their order. */
    static List<String> all(String region) {
        return Arrays.stream(StatePart.values()).map(part -> of(region, part)).toList();
    }
}
