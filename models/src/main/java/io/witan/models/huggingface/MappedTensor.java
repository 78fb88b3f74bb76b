package io.witan.models.huggingface;

/**
 * A tensor of a model's files and where its values are in ours.
 *
 * @param name in the files
 * @param shape in the files
 * @param own name of our tensor, of whose values it is some that lie side by side
 * @param first of these
 * @param transposed whether the files have rows where we have columns
 */
record MappedTensor(String name, long[] shape, String own, long first, boolean transposed) {
    long count() {
        long count = 1;
        for (long dimension : shape) {
            count *= dimension;
        }
        return count;
    }

    /** The same values for another tensor of ours. */
    MappedTensor to(String other) {
        return new MappedTensor(name, shape, other, first, transposed);
    }
}
