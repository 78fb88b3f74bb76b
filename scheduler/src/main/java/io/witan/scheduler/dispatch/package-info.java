/**
 * Which holder of an expert computes which token ({@link io.witan.scheduler.dispatch.DispatchRule}): evenly among the nearest
 * ({@link io.witan.scheduler.dispatch.TopologyDispatch}), or so that computing balances
 * ({@link io.witan.scheduler.dispatch.WaterFillingDispatch}). Pure functions: any thread, the same plan on every rank.
 */
package io.witan.scheduler.dispatch;
