/**
 * Collectives between two network namespaces of one machine, beside a plain Aeron stream in the same run. A process a rank, a
 * driver a node; all take orders by lines on stdin and end with it.
 */
package io.witan.benchmarks.network;
