package io.witan.kernels.reference;

/** LayerNorm (centred) or RMSNorm (not) in double. */
public record NormReference(boolean centred, int rows, int cols, double epsilon) {
    public record Forward(double[] y, double[] stats) {}

    public record Backward(double[] dx, double[] dGain, double[] dBias) {}

    public Forward forward(double[] x, double[] gain, double[] bias) {
        double[] y = new double[rows * cols];
        double[] stats = new double[rows * 2];
        for (int r = 0; r < rows; r++) {
            double mean = 0;
            for (int c = 0; centred && c < cols; c++) {
                mean += x[r * cols + c] / cols;
            }
            double square = 0;
            for (int c = 0; c < cols; c++) {
                square += Math.pow(x[r * cols + c] - mean, 2) / cols;
            }
            stats[2 * r] = mean;
            stats[2 * r + 1] = 1 / Math.sqrt(square + epsilon);
            for (int c = 0; c < cols; c++) {
                y[r * cols + c] = (x[r * cols + c] - mean) * stats[2 * r + 1] * gain[c] + (centred ? bias[c] : 0);
            }
        }
        return new Forward(y, stats);
    }

    /** By the Jacobian, element by element: dy_i/dx_j = gain_i r ([i = j] - [centred] / n - hat_i hat_j / n). */
    public Backward backward(double[] x, double[] gain, double[] bias, double[] dy) {
        double[] stats = forward(x, gain, bias).stats();
        Backward out = new Backward(new double[rows * cols], new double[cols], new double[cols]);
        for (int r = 0; r < rows; r++) {
            double[] hat = new double[cols];
            for (int c = 0; c < cols; c++) {
                hat[c] = (x[r * cols + c] - stats[2 * r]) * stats[2 * r + 1];
                out.dGain[c] += dy[r * cols + c] * hat[c];
                out.dBias[c] += dy[r * cols + c];
            }
            for (int j = 0; j < cols; j++) {
                for (int i = 0; i < cols; i++) {
                    double jacobian = (i == j ? 1 : 0) - (centred ? 1.0 / cols : 0) - hat[i] * hat[j] / cols;
                    out.dx[r * cols + j] += dy[r * cols + i] * gain[i] * stats[2 * r + 1] * jacobian;
                }
            }
        }
        return out;
    }
}
