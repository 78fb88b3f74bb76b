package io.witan.runtime.train;

/**
 * What one rank tells of itself with a step, counted from the step before: the time between the two in steps and their commits, not in
 * evaluations and checkpoints.
 *
 * @param ownSeconds in which the training thread worked
 * @param waitSeconds in which it waited for an exchange
 * @param sentBytes payload that the rank sent
 * @param residentBytes what the kernel has of its process in memory, not older than a second; 0: unknown
 */
public record RankFigures(double ownSeconds, double waitSeconds, long sentBytes, long residentBytes) {}
