/**
 * Durable checkpoints: safetensors files sharded by expert, a manifest with checksums, and an atomic publish.
 *
 * <p>{@link io.witan.runtime.checkpoint.CheckpointStore} writes and publishes, {@link io.witan.runtime.checkpoint.Checkpoint}
 * opens, checks and reads, {@link io.witan.runtime.checkpoint.SafetensorsFile} and {@link
 * io.witan.runtime.checkpoint.SafetensorsWriter} know the file format. Layout and guarantees: docs/checkpoints.md.
 *
 * <p>Thread rule: a store or a checkpoint is used by one thread at a time; different ranks may write different files of
 * one staging folder at once. All data are little-endian, row-major; a tensor's bytes are the product of its shape times
 * the size of its type. Every fault is a {@link io.witan.runtime.checkpoint.CheckpointException} with a one-line message.
 */
package io.witan.runtime.checkpoint;
