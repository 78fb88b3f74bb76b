package io.witan.models.huggingface;

import java.util.ArrayList;
import java.util.List;

/** Puts the {@link MappedTensor}s of a model together, in the order of ours. */
final class TensorMap {
    private final List<MappedTensor> tensors = new ArrayList<>();

    /** A tensor that is one of ours. */
    TensorMap add(String own, String name, long... shape) {
        tensors.add(new MappedTensor(name, shape, own, 0, false));
        return this;
    }

    /** A matrix that is ours with rows as columns, [in, out] in the files. */
    TensorMap addTransposed(String own, String name, long in, long out) {
        tensors.add(new MappedTensor(name, new long[] {in, out}, own, 0, true));
        return this;
    }

    /** A tensor that follows those of the same one of ours. */
    TensorMap append(String own, String name, long... shape) {
        long first = tensors.stream()
                .filter(tensor -> tensor.own().equals(own))
                .mapToLong(MappedTensor::count)
                .sum();
        tensors.add(new MappedTensor(name, shape, own, first, false));
        return this;
    }

    List<MappedTensor> tensors() {
        return List.copyOf(tensors);
    }
}
