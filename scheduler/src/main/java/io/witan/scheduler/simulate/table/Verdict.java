package io.witan.scheduler.simulate.table;

/**
 * Whether something that a table claims holds.
 *
 * @param claim in words, with the bound and the figure
 * @param holds whether it does
 */
public record Verdict(String claim, boolean holds) {}
