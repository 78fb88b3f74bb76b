package io.witan.example.family;

import io.witan.runtime.data.TrainingData;
import java.util.SplittableRandom;

/**
 * Points drawn evenly of y = sin(3 x1) where x2 is above 0, and of y = x1 below: the same for ever for the same seed and number.
 *
 * @param rows of a micro-batch
 * @param microBatches of a step
 */
record Surface(long seed, int rows, int microBatches) implements TrainingData<Points> {
    private static final int VALIDATION = 4;

    @Override
    public Points train(long step, int microBatch) {
        return batch(step * microBatches + microBatch);
    }

    private Points batch(long number) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
        double[][] x = new double[rows][];
        double[] y = new double[rows];
        for (int row = 0; row < rows; row++) {
            x[row] = new double[] {random.nextDouble(-1, 1), random.nextDouble(-1, 1)};
            y[row] = x[row][1] > 0 ? Math.sin(3 * x[row][0]) : x[row][0];
        }
        return new Points(x, y);
    }

    @Override
    public int validationBatches() {
        return VALIDATION;
    }

    @Override
    public Points validation(int index) {
        return batch(-1 - index);
    }

    @Override
    public long validationBytes() {
        return 0;
    }

    @Override
    public int vocabularySize() {
        return 0;
    }

    @Override
    public String fingerprint() {
        return toString();
    }

    @Override
    public String describe() {
        return "points of a surface with an edge";
    }
}
