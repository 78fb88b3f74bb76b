package io.witan.runtime.state;

/**
 * One tensor of a model, as declared, on whichever rank it ends up.
 *
 * @param name unique, dotted: {@code layers.0.experts.3.w1}
 * @param shape row-major dimensions
 * @param init starting values
 * @param decayed whether weight decay applies
 * @param layer MoE layer of an expert tensor, -1 for a dense one
 * @param expert expert of an expert tensor, -1 for a dense one
 */
public record ParameterSpec(String name, long[] shape, Init init, boolean decayed, int layer, int expert) {
    /** Starting values. */
    public sealed interface Init {
        /** Zero mean and this standard deviation. */
        record Random(double deviation) implements Init {}

        /** One value everywhere. */
        record Constant(float value) implements Init {}
    }

    /** A dense matrix [rows, cols] with random start and weight decay. */
    public static ParameterSpec matrix(String name, int rows, int cols, double deviation) {
        return new ParameterSpec(name, new long[] {rows, cols}, new Init.Random(deviation), true, -1, -1);
    }

    /** A dense vector with a constant start and no weight decay. */
    public static ParameterSpec vector(String name, int length, float value) {
        return new ParameterSpec(name, new long[] {length}, new Init.Constant(value), false, -1, -1);
    }

    /** A matrix [rows, cols] of one expert. */
    public static ParameterSpec expert(String name, int rows, int cols, double deviation, int layer, int expert) {
        return new ParameterSpec(name, new long[] {rows, cols}, new Init.Random(deviation), true, layer, expert);
    }

    public long count() {
        long count = 1;
        for (long dimension : shape) {
            count = Math.multiplyExact(count, dimension);
        }
        return count;
    }

    public boolean isExpert() {
        return expert >= 0;
    }
}
