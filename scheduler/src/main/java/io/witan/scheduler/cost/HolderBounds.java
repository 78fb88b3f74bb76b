package io.witan.scheduler.cost;

/**
 * What is known of a placement before it is made; read only.
 *
 * @param most most[e]: expert e has at most so many holders, its owner among them
 * @param least least[e]: it has at least so many, 1 or more
 * @param leastNodes leastNodes[e]: they are on at least so many nodes, 1 or more
 */
public record HolderBounds(int[] most, int[] least, int[] leastNodes) {}
