/**
 * The mixture of denoisers of UL2 (arXiv 2205.05131): of a text some spans are taken out, the encoder reads what is left behind a token that
 * says which kind of damage it is, and the decoder writes what is missing. Encoder and decoder are those of {@code io.witan.models.seq2seq}.
 *
 * <p>A row is a pure function of text, denoiser and draws, and a batch of seed, step and micro-batch: the same on all ranks, and a resumed run
 * needs no reader state. B rows, n tokens of a text, D the width, T the encoder's tokens of this rank in a pass, V the vocabulary.
 */
package io.witan.models.ul2;
