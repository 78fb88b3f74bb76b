/**
 * What models learn, beside each other: reads the reports and metrics that {@code benchmarks/compare/quality.sh} leaves and prints one table.
 */
package io.witan.benchmarks.quality;
