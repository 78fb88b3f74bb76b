package io.witan.runtime.moe;

/**
 * One shard of an expert's chunk: w1 and perhaps w3 [F, D] are cut by rows, w2 [D, F] by columns.
 *
 * @param sharding S, divides F
 * @param shard s
 */
record ExpertShard(int width, int hidden, int sharding, int shard) {
    private interface Move {
        void move(int ofShard, int ofExpert);
    }

    /** The shard's part of an expert's values. */
    double[] of(double[] expert) {
        double[] part = new double[expert.length / sharding];
        each(expert.length, (ofShard, ofExpert) -> part[ofShard] = expert[ofExpert]);
        return part;
    }

    /** Puts the shard's values into an expert's. */
    void put(double[] part, double[] expert) {
        each(expert.length, (ofShard, ofExpert) -> expert[ofExpert] = part[ofShard]);
    }

    private void each(int length, Move action) {
        int cols = hidden / sharding;
        int inner = length / (width * hidden) - 1;
        int next = 0;
        for (int matrix = 0; matrix < inner; matrix++) {
            for (int i = 0; i < cols * width; i++) {
                action.move(next++, matrix * hidden * width + shard * cols * width + i);
            }
        }
        for (int row = 0; row < width; row++) {
            for (int col = 0; col < cols; col++) {
                action.move(next++, (inner * width + row) * hidden + shard * cols + col);
            }
        }
    }
}
