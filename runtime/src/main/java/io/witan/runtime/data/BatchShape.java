package io.witan.runtime.data;

/**
 * The sizes of a step.
 *
 * @param rows B of a micro batch, over all ranks
 * @param positions S of a row
 * @param microBatches of a step
 */
record BatchShape(int rows, int positions, int microBatches) {
    BatchShape {
        if (rows < 1 || positions < 1 || microBatches < 1) {
            throw new IllegalArgumentException(
                    "a step of " + microBatches + " micro batches of " + rows + " rows of " + positions + " positions");
        }
        Math.multiplyExact(rows, positions);
    }

    /** The number, over the whole run, of the first row of a micro batch. */
    long firstRow(long step, int microBatch) {
        if (step < 0 || microBatch < 0 || microBatch >= microBatches) {
            throw new IllegalArgumentException(
                    "step " + step + " micro batch " + microBatch + " of " + microBatches + " a step");
        }
        return Math.addExact(Math.multiplyExact(step, (long) microBatches * rows), (long) microBatch * rows);
    }
}
