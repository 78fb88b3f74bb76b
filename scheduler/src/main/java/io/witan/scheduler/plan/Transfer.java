package io.witan.scheduler.plan;

/**
 * One hop of one chunk. In a gather the source's copy goes to the target; in a reduction, which runs the same hops
 * backwards, the target's sum goes to the source.
 *
 * @param chunk expert id inside the layer
 * @param source rank that has the chunk before the hop
 * @param target rank that has it after
 */
public record Transfer(int chunk, int source, int target) {}
