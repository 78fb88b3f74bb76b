/**
 * The experts' feed-forward network and the rows to and from it as other operations of the same back end, in fp32; and what every back
 * end has to check and to find of their operands. Thread rule and shape letters as in {@link io.witan.kernels}.
 */
package io.witan.kernels.feedforward;
