package io.witan.models.family;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Rows of a file, not of a run, that a trained model is measured on.
 *
 * @param file JSON Lines, in the fields of one of the family's loaders
 * @param task the one task, as the family names it; empty: all that the rows have what it takes for
 * @param most rows of a task at most, drawn evenly
 */
public record RowsToMeasure(Path file, Optional<String> task, int most) {
    public RowsToMeasure {
        if (most < 1) {
            throw new IllegalArgumentException("no model is measured on " + most + " rows");
        }
    }
}
