/**
 * Placement policies: who owns which expert, who copies it for a step, and for how long
 * ({@link io.witan.scheduler.policy.PlacementPolicy}), and what they are made from
 * ({@link io.witan.scheduler.policy.PolicySettings}). FSSDP is in {@link io.witan.scheduler.policy.fssdp}, other systems' in
 * {@link io.witan.scheduler.policy.rival}, their names in {@link io.witan.scheduler.policy.catalogue}. A policy decides with
 * planners of {@link io.witan.scheduler.placement} and costs of {@link io.witan.scheduler.cost}; training and the simulator ask
 * the same objects. Pure functions of what they are given: every rank asks with the same values and decides alike. L layers, E
 * experts of a layer, R ranks.
 */
package io.witan.scheduler.policy;
