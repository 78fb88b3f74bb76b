package io.witan.runtime.config;

import java.util.OptionalInt;

/** A whole number, or {@code auto}: the run finds one. */
public final class IntOrAuto {
    /** As configurations spell it. */
    static final String AUTO_WORD = "auto";

    public static final IntOrAuto AUTO = new IntOrAuto(OptionalInt.empty());

    private final OptionalInt value;

    private IntOrAuto(OptionalInt value) {
        this.value = value;
    }

    public static IntOrAuto of(int value) {
        return new IntOrAuto(OptionalInt.of(value));
    }

    public boolean isAuto() {
        return value.isEmpty();
    }

    /** @throws IllegalStateException if it is not known yet */
    public int get() {
        return value.orElseThrow(() -> new IllegalStateException("the run has not found this number yet"));
    }

    public int orElse(int other) {
        return value.orElse(other);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IntOrAuto that && value.equals(that.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value.isEmpty() ? AUTO_WORD : Integer.toString(value.getAsInt());
    }
}
