/**
 * What a layer's work costs on these machines, measured at the start of a run: attention and experts by the run's own kernels at its own
 * shapes, links by its own collectives; agreed over ranks and kept for the next run. {@link io.witan.runtime.profile.MeasuredCosts} are a few
 * rounded numbers for placement, a {@link io.witan.scheduler.fit.LayerProfile} is a line for each operation, for pipelines.
 *
 * <p>Thread rule: the rank's training thread, between steps; all ranks together.
 */
package io.witan.runtime.profile;
