/** Measurements of whole runs. Nothing imports this. */
package io.witan.benchmarks;
