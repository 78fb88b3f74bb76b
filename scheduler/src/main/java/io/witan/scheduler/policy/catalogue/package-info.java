/**
 * The names of the policies ({@link io.witan.scheduler.policy.catalogue.NamedPolicy}): the one place that makes them, for training,
 * plan and simulator.
 */
package io.witan.scheduler.policy.catalogue;
