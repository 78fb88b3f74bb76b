/**
 * Collators: problems to the rows that the model trains and is scored on. A row has an encoder input and goes to one of two
 * sides: the understanding decoder, which answers at positions of that input, or the generation decoder, which writes.
 *
 * <p>A row is a pure function of problem, configuration and draws, and a batch of seed, step and micro batch: the same on all
 * ranks, and a resumed run needs no reader state. All types are immutable and safe on any thread. Rows have their own
 * lengths; nothing is padded. B rows, n tokens of an encoder input, m of a decoder's.
 */
package io.witan.models.jiuzhang.collate;
