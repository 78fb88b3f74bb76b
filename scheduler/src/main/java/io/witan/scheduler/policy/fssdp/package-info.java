/**
 * Fully sharded sparse data parallelism (Hecate) in full: copies before a step and how long they stay, copies after a gate, owners
 * from step to step ({@link io.witan.scheduler.policy.fssdp.FssdpPolicy}). Pure functions, any thread.
 */
package io.witan.scheduler.policy.fssdp;
