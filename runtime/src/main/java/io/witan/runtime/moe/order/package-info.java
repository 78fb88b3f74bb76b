/**
 * Makes rows of tokens and tokens of rows. Thread rule: the rank's training thread. Shape letters as in
 * {@link io.witan.runtime.moe}.
 */
package io.witan.runtime.moe.order;
