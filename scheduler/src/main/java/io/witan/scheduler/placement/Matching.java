package io.witan.scheduler.placement;

import java.util.Arrays;

/** Assignment of rows to columns of largest total weight, by shortest augmenting paths (Hungarian method), O(n^3). */
final class Matching {
    private final int[][] weight;
    private final int size;
    private final long[] rowPotential;
    private final long[] columnPotential;
    private final int[] rowOf;
    private final int[] cameFrom;

    private Matching(int[][] weight) {
        this.weight = weight;
        this.size = weight.length;
        this.rowPotential = new long[size + 1];
        this.columnPotential = new long[size + 1];
        this.rowOf = new int[size + 1];
        this.cameFrom = new int[size + 1];
    }

    /**
     * @param weight square, 0 or more
     * @return column[row], each column once
     */
    static int[] heaviest(int[][] weight) {
        Matching matching = new Matching(weight);
        for (int row = 1; row <= matching.size; row++) {
            matching.add(row);
        }
        int[] column = new int[matching.size];
        for (int c = 1; c <= matching.size; c++) {
            column[matching.rowOf[c] - 1] = c - 1;
        }
        return column;
    }

    /** Rows and columns count from 1; column 0 stands for the row that has none yet. */
    private void add(int row) {
        long[] slack = new long[size + 1];
        boolean[] visited = new boolean[size + 1];
        Arrays.fill(slack, Long.MAX_VALUE);
        rowOf[0] = row;
        int column = 0;
        while (rowOf[column] != 0) {
            visited[column] = true;
            column = nextColumn(column, slack, visited);
        }
        while (column != 0) {
            int previous = cameFrom[column];
            rowOf[column] = rowOf[previous];
            column = previous;
        }
    }

    private int nextColumn(int column, long[] slack, boolean[] visited) {
        int row = rowOf[column];
        int next = 0;
        long least = Long.MAX_VALUE;
        for (int c = 1; c <= size; c++) {
            if (visited[c]) {
                continue;
            }
            long reduced = -weight[row - 1][c - 1] - rowPotential[row] - columnPotential[c];
            if (reduced < slack[c]) {
                slack[c] = reduced;
                cameFrom[c] = column;
            }
            if (slack[c] < least) {
                least = slack[c];
                next = c;
            }
        }
        for (int c = 0; c <= size; c++) {
            if (visited[c]) {
                rowPotential[rowOf[c]] += least;
                columnPotential[c] -= least;
            } else {
                slack[c] -= c == 0 ? 0 : least;
            }
        }
        return next;
    }
}
