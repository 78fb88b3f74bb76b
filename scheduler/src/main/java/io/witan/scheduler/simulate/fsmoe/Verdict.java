package io.witan.scheduler.simulate.fsmoe;

/**
 * Whether the simulation agrees with the paper in one point.
 *
 * @param what is compared, with the numbers
 * @param passed whether it holds
 */
public record Verdict(String what, boolean passed) {}
