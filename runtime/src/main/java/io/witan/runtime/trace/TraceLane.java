package io.witan.runtime.trace;

import java.util.Locale;

/** Lanes of a rank in a timeline. Lane c of a group is {@code of(c)}. */
public enum TraceLane {
    STEPS,
    /** The training thread. */
    COMPUTE,
    TOKENS,
    /** Hops of tokens inside a node. */
    NODE,
    PARAMETERS,
    GRADIENTS;

    private static final TraceLane[] ALL = values();

    /** The lane of communication with that number. */
    static TraceLane of(int communicatorLane) {
        return ALL[TOKENS.ordinal() + communicatorLane];
    }

    static TraceLane at(int ordinal) {
        return ALL[ordinal];
    }

    /** Carries operations between ranks. */
    public boolean isCommunication() {
        return ordinal() >= TOKENS.ordinal();
    }

    /** For people. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
