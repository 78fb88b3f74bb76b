/**
 * {@code bin/witan bench pieces}: JMH benchmarks of what the collectives are made of. They use what the modules make public, so
 * that nothing is opened for their sake. Each verifies in its set-up what it is about to time.
 */
package io.witan.benchmarks.pieces;
