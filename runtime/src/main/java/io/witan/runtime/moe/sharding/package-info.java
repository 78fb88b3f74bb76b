/**
 * Expert-sharding parallelism (FSMoE, arXiv 2501.10714, section 2): an FFN without biases is the sum of its shards, which have rows of w1 and w3
 * and the same columns of w2. To all other parts of a layer a shard is an expert: number e S + s is shard s of expert e.
 *
 * <p>Thread rule: the rank's training thread. E experts, S shards of each, T tokens, K experts of a token.
 */
package io.witan.runtime.moe.sharding;
