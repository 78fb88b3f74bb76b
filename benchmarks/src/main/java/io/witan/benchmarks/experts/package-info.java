/** What experts cost that are read where another rank of the node has them. */
package io.witan.benchmarks.experts;
