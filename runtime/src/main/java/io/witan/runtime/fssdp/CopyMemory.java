package io.witan.runtime.fssdp;

/**
 * What copies of experts take on a rank in host memory: the most at any moment of a step. What is read where a rank of the node has it
 * takes nothing.
 *
 * @param parameterBytes buffers for parameters of copies, all layers together
 * @param gradientBytes buffers for gradients of copies, all layers together
 * @param bytes both, at the moment when they are most together
 */
public record CopyMemory(long parameterBytes, long gradientBytes, long bytes) {}
