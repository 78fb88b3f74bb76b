/**
 * Text and token ids. {@link io.witan.runtime.text.Tokenizers#open} gives the {@link io.witan.runtime.text.Tokenizer}
 * that a recipe names. Tokenizers are safe on any thread.
 *
 * <p>V is the vocabulary: ids run from 0 to V - 1, the end-of-text id among them. No text is ever encoded to the
 * end-of-text id or another control token: these are put in by id only, so a document cannot forge them.
 */
package io.witan.runtime.text;
