/**
 * One model of several that were trained from the same base, made of their task vectors: the differences of their parameters from the base's, in fp32. Values pass
 * in pieces from mapped checkpoints to a file, once or a few times, so memory does not grow with the model. One thread.
 */
package io.witan.models.merge;
