package io.witan.models.merge;

import java.util.function.Consumer;

/** All values of some models, in an order that does not change, piece by piece. */
interface TaskVectors {
    int models();

    /** Values of each. */
    long count();

    /** Passes over all. The piece is the same object each time. */
    void forEach(Consumer<Piece> visitor);
}
