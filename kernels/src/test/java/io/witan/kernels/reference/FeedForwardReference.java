package io.witan.kernels.reference;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.FeedForwardKernel.Shape;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The experts' feed-forward network in double, expert by expert. An expert's matrices lie one behind the other: w1, w3 (SwiGLU), w2.
 * Weights of experts without rows may be null.
 *
 * @param rounding of rows, of all that is multiplied by matrices, and of the derivatives: that of the type under test, or none
 */
public record FeedForwardReference(Shape shape, DoubleUnaryOperator rounding) {
    /** Results of all experts, rows one behind the other; upSlope null for GELU. */
    public record Forward(double[] y, double[] h, double[] slope, double[] upSlope) {}

    /** Gradients of experts without rows are zeros. */
    public record Backward(double[] dx, double[][] dWeights) {}

    private double[] rounded(double[] values) {
        return Arrays.stream(values).map(rounding).toArray();
    }

    private boolean gated() {
        return shape.activation() == Activation.SWIGLU;
    }

    /** A matrix of an expert, rounded. */
    private double[] matrix(double[][] weights, int expert, int index) {
        int count = Math.toIntExact(shape.matrix());
        return rounded(Reference.slice(weights[expert], index * count, count));
    }

    private double[] last(double[][] weights, int expert) {
        return matrix(weights, expert, shape.activation().matrices() - 1);
    }

    private void putMatrix(double[] matrix, double[][] weights, int expert, int index) {
        System.arraycopy(matrix, 0, weights[expert], index * matrix.length, matrix.length);
    }

    private int rows(int expert) {
        return shape.offsets()[expert + 1] - shape.offsets()[expert];
    }

    private double[] rowsOf(double[] all, int expert, int columns) {
        return Reference.slice(all, shape.offsets()[expert] * columns, rows(expert) * columns);
    }

    private void put(double[] rows, double[] all, int expert, int columns) {
        System.arraycopy(rows, 0, all, shape.offsets()[expert] * columns, rows.length);
    }

    public Forward forward(double[] x, double[][] weights) {
        int hidden = shape.hidden();
        int width = shape.width();
        int count = shape.rows() * hidden;
        Forward result = new Forward(
                new double[shape.rows() * width],
                new double[count],
                new double[count],
                gated() ? new double[count] : null);
        for (int e = 0; e < shape.experts(); e++) {
            if (rows(e) > 0) {
                double[] xs = rounded(rowsOf(x, e, width));
                double[] a = Reference.timesTransposed(xs, matrix(weights, e, 0), rows(e), width, hidden);
                double[] b =
                        gated() ? Reference.timesTransposed(xs, matrix(weights, e, 1), rows(e), width, hidden) : null;
                activate(a, b, result, shape.offsets()[e] * hidden);
                double[] h = rowsOf(result.h, e, hidden);
                double[] y = Reference.timesTransposed(h, last(weights, e), rows(e), hidden, width);
                put(rounded(y), result.y, e, width);
            }
        }
        return result;
    }

    private void activate(double[] a, double[] b, Forward result, int at) {
        for (int i = 0; i < a.length; i++) {
            if (b == null) {
                result.h[at + i] = rounding.applyAsDouble(Reference.gelu(a[i]));
                result.slope[at + i] = rounding.applyAsDouble(Reference.geluDerivative(a[i]));
            } else {
                result.h[at + i] = rounding.applyAsDouble(Reference.silu(a[i]) * b[i]);
                result.slope[at + i] = rounding.applyAsDouble(Reference.siluDerivative(a[i]) * b[i]);
                result.upSlope[at + i] = rounding.applyAsDouble(Reference.silu(a[i]));
            }
        }
    }

    public Backward backward(double[] x, double[][] weights, Forward forward, double[] dy) {
        Backward result =
                new Backward(new double[x.length], new double[shape.experts()][Math.toIntExact(shape.expert())]);
        for (int e = 0; e < shape.experts(); e++) {
            if (rows(e) > 0) {
                backward(e, x, weights, forward, dy, result);
            }
        }
        return result;
    }

    private void backward(int e, double[] x, double[][] weights, Forward forward, double[] dy, Backward to) {
        int hidden = shape.hidden();
        int width = shape.width();
        double[] xs = rounded(rowsOf(x, e, width));
        double[] dys = rounded(rowsOf(dy, e, width));
        double[] dh = rounded(Reference.times(dys, last(weights, e), rows(e), width, hidden));
        double[] dw2 = Reference.transposedTimes(dys, rowsOf(forward.h, e, hidden), width, rows(e), hidden);
        putMatrix(dw2, to.dWeights, e, shape.activation().matrices() - 1);
        double[] sum = throughMatrix(e, 0, scaled(dh, rowsOf(forward.slope, e, hidden)), xs, weights, to);
        if (gated()) {
            double[] db = scaled(dh, rowsOf(forward.upSlope, e, hidden));
            sum = Reference.plus(sum, 1, throughMatrix(e, 1, db, xs, weights, to));
        }
        put(rounded(sum), to.dx, e, width);
    }

    /** Returns its part of dx. */
    private double[] throughMatrix(int e, int index, double[] d, double[] xs, double[][] weights, Backward to) {
        int hidden = shape.hidden();
        int width = shape.width();
        putMatrix(Reference.transposedTimes(d, xs, hidden, rows(e), width), to.dWeights, e, index);
        return Reference.times(d, matrix(weights, e, index), rows(e), hidden, width);
    }

    private double[] scaled(double[] a, double[] b) {
        double[] c = new double[a.length];
        Arrays.setAll(c, i -> rounding.applyAsDouble(a[i] * b[i]));
        return c;
    }
}
