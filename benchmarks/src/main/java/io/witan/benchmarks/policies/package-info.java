/**
 * Placement policies beside each other on the same work: reads the metrics that {@code benchmarks/compare/policies.sh} leaves and prints
 * one table of time, memory and bytes.
 */
package io.witan.benchmarks.policies;
