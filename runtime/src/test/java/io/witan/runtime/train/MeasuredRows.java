package io.witan.runtime.train;

import io.witan.runtime.data.Batch;
import io.witan.runtime.data.TrainingData;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Rows of features with one measured value each, of several tasks; no tokens anywhere. Some values are missing. */
record MeasuredRows(double[][] features, double[] values, int[] tasks) implements Batch<MeasuredRows> {
    static final int FEATURES = 3;

    @Override
    public int rows() {
        return values.length;
    }

    @Override
    public int tokenCount(int fromRow, int toRow) {
        return FEATURES * (toRow - fromRow);
    }

    /** A missing value is no target. */
    @Override
    public int targetCount(int fromRow, int toRow) {
        return (int) Arrays.stream(values, fromRow, toRow)
                .filter(value -> !Double.isNaN(value))
                .count();
    }

    @Override
    public MeasuredRows slice(int fromRow, int toRow) {
        return new MeasuredRows(
                Arrays.copyOfRange(features, fromRow, toRow),
                Arrays.copyOfRange(values, fromRow, toRow),
                Arrays.copyOfRange(tasks, fromRow, toRow));
    }

    /**
     * Rows of a step by its number and theirs, however it is cut into micro-batches; of some tasks there are more than of others,
     * and of the last there are none in every third step.
     */
    record Data(long seed, int rows, int microBatches, List<String> tasks) implements TrainingData<MeasuredRows> {
        @Override
        public MeasuredRows train(long step, int microBatch) {
            int count = rows / microBatches;
            double[][] features = new double[count][FEATURES];
            double[] values = new double[count];
            int[] ofTask = new int[count];
            for (int i = 0; i < count; i++) {
                SplittableRandom random = new SplittableRandom(seed + 1000 * step + (long) microBatch * count + i);
                Arrays.setAll(features[i], _ -> random.nextDouble(-1, 1));
                int most = step % 3 == 2 ? tasks.size() - 1 : tasks.size();
                ofTask[i] = Math.min(random.nextInt(most), random.nextInt(most));
                values[i] = random.nextInt(5) == 0 ? Double.NaN : ofTask[i] + features[i][0] - 2 * features[i][1];
            }
            return new MeasuredRows(features, values, ofTask);
        }

        /** All rows of a step. */
        List<MeasuredRows> whole(long step) {
            return IntStream.range(0, microBatches)
                    .mapToObj(micro -> train(step, micro))
                    .toList();
        }

        @Override
        public int validationBatches() {
            return 1;
        }

        @Override
        public MeasuredRows validation(int index) {
            return train(-1, 0);
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
            return "measured rows";
        }
    }
}
