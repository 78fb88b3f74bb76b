/**
 * What other systems do against uneven load, each as its paper states it, as policies over the same layer: shadowing
 * ({@link io.witan.scheduler.policy.rival.ShadowPolicy}), exchange of owners
 * ({@link io.witan.scheduler.policy.rival.ExchangePolicy}), lasting replicas
 * ({@link io.witan.scheduler.policy.rival.ReplicatePolicy}), experts sliced over all ranks
 * ({@link io.witan.scheduler.policy.rival.ShardedExpertsPolicy}). All have the same memory: the pool of
 * {@link io.witan.scheduler.policy.PolicySettings}, as many copies in each layer. Pure functions, any thread.
 */
package io.witan.scheduler.policy.rival;
