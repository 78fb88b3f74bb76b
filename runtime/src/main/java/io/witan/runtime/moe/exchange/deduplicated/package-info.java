/**
 * The way between ranks on which a token crosses to a node once: {@link
 * io.witan.runtime.moe.exchange.deduplicated.DeduplicatedExchange}. Rows of a token for one node are merged; a relay in the node makes the rows
 * that a merged row stands for, and answers it with the sum of theirs.
 *
 * <p>Thread rule: the rank's training thread. T tokens of a rank, K choices, D model width; n rows of its assignments and u merged rows
 * that leave it; U merged rows that come to it as a relay, and r rows that they stand for; m rows of its experts.
 */
package io.witan.runtime.moe.exchange.deduplicated;
