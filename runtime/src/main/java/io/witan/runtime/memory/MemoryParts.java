package io.witan.runtime.memory;

/**
 * Bytes that one rank holds, by what they are for.
 *
 * @param parameters dense ones, owned experts and copies of experts; in a vault both slots
 * @param gradients of dense parameters and of all experts that were held at once
 * @param optimizer moments; in a vault both slots
 * @param activations memory of steps, which is kept at its largest
 * @param scratch working memory of the kernels
 * @param transport rings, streams, staging, partial sums, and memory of peers that this rank has read or written in place
 * @param jvm heap as far as it was ever used, classes, compiled code, direct buffers, and the files of the Java runtime
 */
public record MemoryParts(
        long parameters, long gradients, long optimizer, long activations, long scratch, long transport, long jvm) {
    public long sum() {
        return parameters + gradients + optimizer + activations + scratch + transport + jvm;
    }
}
