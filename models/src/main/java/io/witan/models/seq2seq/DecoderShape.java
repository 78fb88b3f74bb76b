package io.witan.models.seq2seq;

/**
 * The sizes of a dense decoder that a recipe's {@code model} does not say.
 *
 * @param layers blocks
 * @param hidden F, width of their FFNs
 */
public record DecoderShape(int layers, int hidden) {}
