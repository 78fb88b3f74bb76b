/**
 * Values of tensors, made where they are asked for: {@link io.witan.models.huggingface.values.Values} are numbers of mapped files, parts of
 * them and what is computed from them, {@link io.witan.models.huggingface.values.EncodedValues} are their bytes in a file to be written. None
 * of it is kept, so a model of any size passes through.
 *
 * <p>Thread rule: any thread, as long as the files stay open.
 */
package io.witan.models.huggingface.values;
