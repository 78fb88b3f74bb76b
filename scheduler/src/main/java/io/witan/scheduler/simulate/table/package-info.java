/**
 * Published measurements beside what the simulator makes of them: {@link io.witan.scheduler.simulate.table.ProProphetTable},
 * {@link io.witan.scheduler.simulate.table.LaerTable}, {@link io.witan.scheduler.simulate.table.HecateTable}, and growing clusters
 * ({@link io.witan.scheduler.simulate.table.ScaleTable}). A {@link io.witan.scheduler.simulate.table.Table} names its assumptions, the
 * constants that were fitted and on which rows, and what of the papers it does not reach. Pure functions of a seed, any thread.
 */
package io.witan.scheduler.simulate.table;
