/**
 * Data of the reward model: pairs of responses to a prompt, with labels of which is better, from files, and (in
 * {@code data.generated}) from a generator whose truth is known; their split into the parts that the phases train on; and
 * the filter of labels that depend on the order of presentation. A pair is read as text
 * ({@link io.witan.models.dmoerm.data.TextPair}) and becomes token rows
 * ({@link io.witan.models.dmoerm.data.PreferencePair}) by a {@link io.witan.models.dmoerm.data.PairEncoder}.
 *
 * <p>All types are immutable and safe on any thread; an encoder is as safe as its tokenizer. K capability points of a
 * category, P tokens of a prompt. Input that cannot be used gives one line in a
 * {@link io.witan.runtime.data.DataException}, with file, row and field.
 */
package io.witan.models.dmoerm.data;
