/** The model of recipe {@code peer}, number by number, trained by libtorch. */
package io.witan.benchmarks.libtorch;
