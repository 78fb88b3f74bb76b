/**
 * Training as users know it: micro-batches, learning rate, clipping, AdamW on owners, evaluation, checkpoints.
 *
 * <p>Thread rule: one training thread a rank; every rank runs the same steps.
 */
package io.witan.runtime.train;
