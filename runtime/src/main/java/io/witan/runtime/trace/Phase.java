package io.witan.runtime.trace;

import java.util.Locale;

/** Part of a step. */
public enum Phase {
    FORWARD,
    /** Forward again, inside backward, because activations were dropped. */
    RECOMPUTE,
    BACKWARD,
    /** Sums over ranks, optimizer, and what ends a step. */
    UPDATE;

    /** For people. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Phase labelled(String label) {
        return valueOf(label.toUpperCase(Locale.ROOT));
    }
}
