/**
 * {@code bin/witan bench collectives}: a parent process starts one JVM a rank, each rank times the operations, rank 0 reports
 * a row a line and the parent prints it. Within a rank one thread does everything. Sizes are bytes, times nanoseconds unless
 * a name says otherwise; n is the number of ranks.
 */
package io.witan.benchmarks.collectives;
