/**
 * The sparse Mixture-of-Experts layer in the steps of FSMoE: gate, order, dispatch, expert, combine, i-order. Local work
 * and communication are apart: {@link io.witan.runtime.moe.TokenOrder} permutes, {@link io.witan.runtime.moe.TokenExchange}
 * moves, {@link io.witan.runtime.moe.ExpertFeedForward} computes.
 *
 * <p>Thread rule: the rank's training thread. Shape letters: T tokens of this rank, K top-k, E experts, R ranks, D model
 * width, F expert width; n = T K assignments sent, m assignments computed here.
 */
package io.witan.runtime.moe;
