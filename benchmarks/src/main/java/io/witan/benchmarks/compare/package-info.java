/**
 * The report of {@code benchmarks/compare/compare.sh}: reads the rows of alternating runs, pairs them, and sets the ratios beside
 * their targets. Times are microseconds, sizes bytes. Pure functions of the files; one thread.
 */
package io.witan.benchmarks.compare;
