package io.witan.runtime.moe.soft;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/** Softmax along rows or columns of a matrix in host memory. */
final class Softmax {
    private Softmax() {}

    /** Some elements: the first one, how far apart they are, how many. */
    record Line(long first, int stride, int count) {
        long at(int i) {
            return first + (long) i * stride;
        }
    }

    static void forward(MemorySegment from, MemorySegment to, Line line) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < line.count; i++) {
            max = Math.max(max, from.getAtIndex(JAVA_FLOAT, line.at(i)));
        }
        double sum = 0;
        for (int i = 0; i < line.count; i++) {
            sum += StrictMath.exp(from.getAtIndex(JAVA_FLOAT, line.at(i)) - max);
        }
        for (int i = 0; i < line.count; i++) {
            double value = StrictMath.exp(from.getAtIndex(JAVA_FLOAT, line.at(i)) - max) / sum;
            to.setAtIndex(JAVA_FLOAT, line.at(i), (float) value);
        }
    }

    /** Adds to dh, given y = softmax(h) and dy: y (dy - sum y dy). */
    static void backward(MemorySegment y, MemorySegment dy, MemorySegment dh, Line line) {
        double along = 0;
        for (int i = 0; i < line.count; i++) {
            along += (double) y.getAtIndex(JAVA_FLOAT, line.at(i)) * dy.getAtIndex(JAVA_FLOAT, line.at(i));
        }
        for (int i = 0; i < line.count; i++) {
            long at = line.at(i);
            double d = y.getAtIndex(JAVA_FLOAT, at) * (dy.getAtIndex(JAVA_FLOAT, at) - along);
            dh.setAtIndex(JAVA_FLOAT, at, (float) (dh.getAtIndex(JAVA_FLOAT, at) + d));
        }
    }
}
