/**
 * {@code bin/witan bench collectives}: the launcher's supervisor runs an agent a host, each agent a driver and a JVM a rank;
 * each rank times the operations, the first of each host reports a row a line, and the report puts those of all hosts together.
 * Within a rank one thread does everything. Sizes are bytes, times nanoseconds unless a name says otherwise; n is the number
 * of ranks.
 */
package io.witan.benchmarks.collectives;
