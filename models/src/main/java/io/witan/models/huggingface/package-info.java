/**
 * Models in the files that Hugging Face's libraries read and write: a folder with {@code config.json}, safetensors and
 * {@code tokenizer.json}. {@link io.witan.models.huggingface.ModelImport} makes a checkpoint of one,
 * {@link io.witan.models.huggingface.ModelExport} the other way; a {@link io.witan.models.huggingface.ModelFamily} knows the names and fields
 * of one architecture. Results appear whole under their name, or not at all.
 *
 * <p>Thread rule: one thread. Letters: D model width, F expert width, E experts, V vocabulary.
 */
package io.witan.models.huggingface;
