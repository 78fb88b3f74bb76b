/**
 * Parts of models of sequences to sequences: an encoder that sees whole rows and whose FFNs are sparse MoE layers, and a dense decoder that
 * writes from left to right and attends to the encoder's output. They share the embedding and the projection to the vocabulary. Rows have
 * their own lengths; nothing is padded.
 *
 * <p>Everything runs on the rank's training thread; what a pass gives lives in the step's arena. D is the width, T the encoder's tokens of this
 * rank in a pass, n those of a row, m the decoder's of a row, V the vocabulary, F the width of a decoder's FFN.
 */
package io.witan.models.seq2seq;
