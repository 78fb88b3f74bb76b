package io.witan.example.family;

import io.witan.runtime.data.Batch;
import java.util.Arrays;

/**
 * Points of a surface: what a batch is made of. One row is one token, and one target.
 *
 * @param x [rows][2]
 * @param y [rows] what is to be told
 */
record Points(double[][] x, double[] y) implements Batch<Points> {
    @Override
    public int rows() {
        return y.length;
    }

    @Override
    public int tokenCount(int fromRow, int toRow) {
        return toRow - fromRow;
    }

    @Override
    public int targetCount(int fromRow, int toRow) {
        return toRow - fromRow;
    }

    @Override
    public int[] tasks() {
        return new int[0];
    }

    @Override
    public Points slice(int fromRow, int toRow) {
        return new Points(Arrays.copyOfRange(x, fromRow, toRow), Arrays.copyOfRange(y, fromRow, toRow));
    }
}
