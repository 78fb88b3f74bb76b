/**
 * Fully Sharded Sparse Data Parallelism: who owns an expert, who materialises it for a step, and how its gradients come
 * back (Hecate, sections 3 and 4).
 *
 * <p>Thread rule: the rank's training thread.
 */
package io.witan.runtime.fssdp;
