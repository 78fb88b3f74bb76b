/**
 * Texts of problems as words and token ids. A word is one or more tokens; what is masked or moved is whole words. All types
 * are immutable and safe on any thread.
 *
 * <p>V is the vocabulary: ids of the tokenizer, then the mask, the start of a row, the separator, and the labels of tasks.
 */
package io.witan.models.jiuzhang.text;
