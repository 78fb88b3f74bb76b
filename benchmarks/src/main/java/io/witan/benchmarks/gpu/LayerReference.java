package io.witan.benchmarks.gpu;

import static io.witan.benchmarks.gpu.LayerCases.DOWN;
import static io.witan.benchmarks.gpu.LayerCases.GATE;
import static io.witan.benchmarks.gpu.LayerCases.TOP_K;
import static io.witan.benchmarks.gpu.LayerCases.UP;

import io.witan.benchmarks.gpu.RandomData.Filled;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Parts of what an MoE layer of SwiGLU experts gives and gets, in double; each token's experts are those that the device chose. */
final class LayerReference {
    private final Operands in;
    private final int width;
    private final int hidden;
    /** Experts of each token, [T, TOP_K]. */
    private final int[] chosen;

    /**
     * @param x [T, D]
     * @param dOut [T, D], the gradient of the layer's output
     * @param router [E, D]
     * @param matrices of each expert: w1 and w3 [F, D], w2 [D, F]
     */
    record Operands(int width, int hidden, Filled x, Filled dOut, Filled router, Filled[][] matrices) {}

    LayerReference(Operands operands, int[] chosen) {
        this.in = operands;
        this.width = operands.width();
        this.hidden = operands.hidden();
        this.chosen = chosen;
    }

    /** What one token gives and gets: as much work as its experts' products. */
    Token token(int token) {
        return new Token(token);
    }

    /** The expert with the fewest rows, but some. */
    Expert smallestExpert() {
        return IntStream.range(0, in.matrices().length)
                .mapToObj(Expert::new)
                .filter(expert -> expert.assignments.length > 0)
                .min(Comparator.comparingInt(expert -> expert.assignments.length))
                .orElseThrow();
    }

    private double x(int token, int i) {
        return in.x().at((long) token * width + i);
    }

    private double dOut(int token, int i) {
        return in.dOut().at((long) token * width + i);
    }

    /** Weights of a token's experts. */
    private double[] shares(int token) {
        double first = logit(token, chosen[token * TOP_K]);
        double second = logit(token, chosen[token * TOP_K + 1]);
        return new double[] {Functions.sigmoid(first - second), Functions.sigmoid(second - first)};
    }

    private double logit(int token, int expert) {
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += in.router().at((long) expert * width + i) * x(token, i);
        }
        return sum;
    }

    /** Of a token by a row of w1 or w3. */
    private double product(int token, Filled matrix, int f) {
        double sum = 0;
        for (int i = 0; i < width; i++) {
            sum += matrix.at((long) f * width + i) * x(token, i);
        }
        return sum;
    }

    /** Gradients of an expert's matrices. */
    final class Expert {
        final int expert;
        private final int[] assignments;

        private Expert(int expert) {
            this.expert = expert;
            assignments = IntStream.range(0, chosen.length)
                    .filter(a -> chosen[a] == expert)
                    .toArray();
        }

        /** Those of one hidden unit: three products of length D for each row of the expert. */
        Unit unit(int f) {
            return new Unit(expert, assignments, f);
        }
    }

    /** Row f of the gradients of w1 and w3, and column f of that of w2. */
    final class Unit {
        private final int[] tokens;
        private final double[] share;
        private final double[] h;
        private final double[] dGate;
        private final double[] dUp;

        private Unit(int expert, int[] assignments, int f) {
            int rows = assignments.length;
            tokens = new int[rows];
            share = new double[rows];
            h = new double[rows];
            dGate = new double[rows];
            dUp = new double[rows];
            Filled[] matrices = in.matrices()[expert];
            for (int r = 0; r < rows; r++) {
                int token = assignments[r] / TOP_K;
                tokens[r] = token;
                share[r] = shares(token)[assignments[r] % TOP_K];
                double gate = product(token, matrices[GATE], f);
                double up = product(token, matrices[UP], f);
                double dh = 0;
                for (int i = 0; i < width; i++) {
                    dh += matrices[DOWN].at((long) i * hidden + f) * share[r] * dOut(token, i);
                }
                h[r] = Functions.silu(gate) * up;
                dGate[r] = dh * Functions.siluSlope(gate) * up;
                dUp[r] = dh * Functions.silu(gate);
            }
        }

        /** Of w1 at (f, column). */
        double first(int column) {
            return withInput(dGate, column);
        }

        /** Of w3 at (f, column). */
        double second(int column) {
            return withInput(dUp, column);
        }

        private double withInput(double[] d, int column) {
            return IntStream.range(0, d.length)
                    .mapToDouble(r -> d[r] * x(tokens[r], column))
                    .sum();
        }

        /** Of w2 at (column, f). */
        double outer(int column) {
            return IntStream.range(0, h.length)
                    .mapToDouble(r -> h[r] * share[r] * dOut(tokens[r], column))
                    .sum();
        }
    }

    /** Row of the output and of the gradient of the input. */
    final class Token {
        final int token;
        final double[] y = new double[width];
        private final double[] share;
        private final double[] dShare = new double[TOP_K];
        private final double[][] dGate = new double[TOP_K][hidden];
        private final double[][] dUp = new double[TOP_K][hidden];

        private Token(int token) {
            this.token = token;
            share = shares(token);
            for (int k = 0; k < TOP_K; k++) {
                throughExpert(k);
            }
        }

        private int expert(int k) {
            return chosen[token * TOP_K + k];
        }

        private void throughExpert(int k) {
            Filled[] expert = in.matrices()[expert(k)];
            double[] activated = new double[hidden];
            for (int f = 0; f < hidden; f++) {
                double gate = product(token, expert[GATE], f);
                double up = product(token, expert[UP], f);
                activated[f] = Functions.silu(gate) * up;
                dGate[k][f] = Functions.siluSlope(gate) * up;
                dUp[k][f] = Functions.silu(gate);
            }
            double[] dActivated = new double[hidden];
            for (int i = 0; i < width; i++) {
                double dRow = share[k] * dOut(token, i);
                double sum = 0;
                for (int f = 0; f < hidden; f++) {
                    double weight = expert[DOWN].at((long) i * hidden + f);
                    sum += weight * activated[f];
                    dActivated[f] += weight * dRow;
                }
                y[i] += share[k] * sum;
                dShare[k] += dOut(token, i) * sum;
            }
            for (int f = 0; f < hidden; f++) {
                dGate[k][f] *= dActivated[f];
                dUp[k][f] *= dActivated[f];
            }
        }

        double dx(int column) {
            double mean = share[0] * dShare[0] + share[1] * dShare[1];
            double sum = 0;
            for (int k = 0; k < TOP_K; k++) {
                sum += share[k] * (dShare[k] - mean) * in.router().at((long) expert(k) * width + column);
                Filled[] expert = in.matrices()[expert(k)];
                for (int f = 0; f < hidden; f++) {
                    sum += dGate[k][f] * expert[GATE].at((long) f * width + column);
                    sum += dUp[k][f] * expert[UP].at((long) f * width + column);
                }
            }
            return sum;
        }
    }
}
