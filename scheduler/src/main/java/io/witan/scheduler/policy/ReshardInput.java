package io.witan.scheduler.policy;

/**
 * What is known when a step has ended after which a policy looks at the owners.
 *
 * @param step that ended, from 1
 * @param owners owners[l][e] in that step; read only
 * @param load load[l][e] = token assignments summed over the steps since the last look, or since the start; read only
 * @param steps number of those steps
 */
public record ReshardInput(long step, int[][] owners, long[][] load, long steps) {}
