/**
 * A multi-task model of maths problems after JiuZhang 2.0 (arXiv 2306.11027): a shared encoder whose FFNs are sparse MoE layers, a
 * decoder U that understands and a decoder G that writes, both dense, and one projection to the vocabulary. Rows go to U or G. Three stages
 * of pre-training and one of multi-task fine-tuning are phases of one run.
 *
 * <p>D is the width, T the encoder's tokens of this rank in a pass, V the vocabulary.
 */
package io.witan.models.jiuzhang;
