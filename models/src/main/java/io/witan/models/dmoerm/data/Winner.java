package io.witan.models.dmoerm.data;

/** Which response of a pair is the better one. */
public enum Winner {
    FIRST,
    SECOND,
    /** They were compared, and are equally good. */
    TIE,
    /** Nobody has said. */
    UNKNOWN;

    /** The same verdict on the pair with its responses exchanged. */
    public Winner swapped() {
        return switch (this) {
            case FIRST -> SECOND;
            case SECOND -> FIRST;
            case TIE, UNKNOWN -> this;
        };
    }

    /** A difference of first less second as the winner sees it: above 0 if its own is the larger; 0 if nobody won. */
    public double margin(double difference) {
        return switch (this) {
            case FIRST -> difference;
            case SECOND -> -difference;
            case TIE, UNKNOWN -> 0;
        };
    }

    /** Whether one response is better. */
    public boolean isDecided() {
        return this == FIRST || this == SECOND;
    }

    /** The winner by two scores; equal ones tie. */
    public static Winner byScores(double first, double second) {
        if (first == second) {
            return TIE;
        }
        return first > second ? FIRST : SECOND;
    }
}
