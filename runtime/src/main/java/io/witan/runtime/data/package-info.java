/**
 * Training data: documents from files or a generator, the split into training and validation, and batches of token ids
 * behind {@link io.witan.runtime.data.TrainingData}; and what a trained model is measured against,
 * {@link io.witan.runtime.data.TrigramBaseline} and {@link io.witan.runtime.data.CopyReport}.
 *
 * <p>Every batch is a pure function of configuration, seed, step and micro batch: a resumed run needs no reader state, and
 * every rank can make the same global batch and take its rows. All types are immutable and safe on any thread unless they
 * say otherwise. B rows of a micro batch, S positions of a row.
 *
 * <p>Input that cannot be used gives one line in a {@link io.witan.runtime.data.DataException}, with file and line.
 */
package io.witan.runtime.data;
