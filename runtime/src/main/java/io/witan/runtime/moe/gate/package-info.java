/**
 * Gates, made of four parts: {@link io.witan.runtime.moe.gate.Logits}, {@link io.witan.runtime.moe.gate.Scores}, {@link
 * io.witan.runtime.moe.gate.Selection}, {@link io.witan.runtime.moe.gate.Capacity}. The plain one runs in kernels; what the others decide
 * is decided on the host, in plain arrays and streams: that is E steps a token, where its experts take D x F each.
 *
 * <p>Thread rule: the rank's training thread. Shape letters as in {@link io.witan.runtime.moe}.
 */
package io.witan.runtime.moe.gate;
