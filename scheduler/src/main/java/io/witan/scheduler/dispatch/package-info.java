/**
 * Which holder of an expert computes which token ({@link io.witan.scheduler.dispatch.TopologyDispatch}). Pure functions: any
 * thread, the same plan on every rank.
 */
package io.witan.scheduler.dispatch;
