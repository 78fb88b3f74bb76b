/**
 * The sparse Mixture-of-Experts layer in the parts of FSMoE: {@link io.witan.runtime.moe.Gate}, {@link io.witan.runtime.moe.Order} and its
 * inverse, {@link io.witan.runtime.moe.TokenExchange} for dispatch and combine, {@link io.witan.runtime.moe.ExpertNetwork} with
 * {@link io.witan.runtime.moe.SharedExpert} beside it, put together by {@link io.witan.runtime.moe.MoeParts};
 * {@link io.witan.runtime.moe.MoeHook} sees what passes between them.
 *
 * <p>Thread rule: the rank's training thread. Shape letters: T tokens of this rank, K top-k, E experts, R ranks, D model
 * width, F expert width, H that of the shared experts together; n = T K assignments sent, m assignments computed here. Where experts are in S shards, E
 * and K of what leaves the gate are numbers of shards.
 */
package io.witan.runtime.moe;
