/**
 * State that survives the death of a process on its own machine.
 *
 * <p>{@link io.witan.runtime.vault.ExpertVault} holds one rank's training state in two mapped slots, so that a killed rank
 * goes on from the last committed step within seconds; {@link io.witan.runtime.vault.ProfileCache} keeps measurements
 * between runs. Both survive kill -9; neither survives a power cut, which is what checkpoints are for. See
 * docs/checkpoints.md.
 *
 * <p>Chronicle Map files are never trusted: every record carries its own CRC32C, entries have a {@link
 * io.witan.kernels.simd.WordSum}, and a map file is opened without recovery
 * only when it still has the checksum that its last clean close wrote. Faults are {@link
 * io.witan.runtime.vault.VaultException}s with a one-line message.
 *
 * <p>Thread rule: an object of this package is used by one thread at a time; the segments of a vault by any thread.
 */
package io.witan.runtime.vault;
