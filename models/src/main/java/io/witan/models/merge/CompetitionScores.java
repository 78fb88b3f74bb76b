package io.witan.models.merge;

/**
 * How much a task's value matters at a place, in the competition within its own vector and with those of all tasks (Du et al., arXiv 2410.02396):
 *
 * <pre>score_t = softmax(M * norm(v_t * v_t)) * sum over j of softmax(norm(v_t * v_j))</pre>
 *
 * M models; products place by place; norm moves the least of a product's values over all places to 0 and the largest to 1 (all equal ones to 0);
 * softmax is over all places of all tensors. What is exponentiated is at most 0, so nothing overflows.
 */
final class CompetitionScores {
    private final int models;
    /** [i][j], j not below i: least product of two tasks' values, and how far the largest is above it. */
    private final double[][] least;

    private final double[][] range;
    /** [i][j]: what the softmax over the pair's products divides by. */
    private final double[][] pairTotal;

    private final double[] selfTotal;

    /** Takes two passes over all values. */
    CompetitionScores(TaskVectors vectors) {
        this.models = vectors.models();
        this.least = new double[models][models];
        this.range = new double[models][models];
        this.pairTotal = new double[models][models];
        this.selfTotal = new double[models];
        findRanges(vectors);
        vectors.forEach(piece -> {
            for (int at = 0; at < piece.count; at++) {
                for (int i = 0; i < models; i++) {
                    selfTotal[i] += self(piece, at, i);
                    for (int j = i; j < models; j++) {
                        pairTotal[i][j] += pair(piece, at, i, j);
                    }
                }
            }
        });
    }

    private void findRanges(TaskVectors vectors) {
        double[][] largest = new double[models][models];
        for (int i = 0; i < models; i++) {
            for (int j = i; j < models; j++) {
                least[i][j] = Double.POSITIVE_INFINITY;
                largest[i][j] = Double.NEGATIVE_INFINITY;
            }
        }
        vectors.forEach(piece -> {
            for (int at = 0; at < piece.count; at++) {
                for (int i = 0; i < models; i++) {
                    for (int j = i; j < models; j++) {
                        double product = product(piece, at, i, j);
                        least[i][j] = Math.min(least[i][j], product);
                        largest[i][j] = Math.max(largest[i][j], product);
                    }
                }
            }
        });
        for (int i = 0; i < models; i++) {
            for (int j = i; j < models; j++) {
                range[i][j] = largest[i][j] - least[i][j];
            }
        }
    }

    /** Of two floats in fp64: exact. */
    private static double product(Piece piece, int at, int i, int j) {
        return (double) piece.vectors[i][at] * piece.vectors[j][at];
    }

    private double norm(Piece piece, int at, int i, int j) {
        return range[i][j] == 0 ? 0 : (product(piece, at, i, j) - least[i][j]) / range[i][j];
    }

    private double self(Piece piece, int at, int i) {
        return Math.exp(models * (norm(piece, at, i, i) - 1));
    }

    private double pair(Piece piece, int at, int i, int j) {
        return Math.exp(norm(piece, at, i, j) - 1);
    }

    /** @param to [models][values]: the scores of a piece, 0 or more */
    void of(Piece piece, double[][] to) {
        for (int at = 0; at < piece.count; at++) {
            for (int i = 0; i < models; i++) {
                to[i][at] = 0;
            }
            for (int i = 0; i < models; i++) {
                for (int j = i; j < models; j++) {
                    double share = pair(piece, at, i, j) / pairTotal[i][j];
                    to[i][at] += share;
                    to[j][at] += i == j ? 0 : share;
                }
            }
            for (int i = 0; i < models; i++) {
                to[i][at] *= self(piece, at, i) / selfTotal[i];
            }
        }
    }
}
