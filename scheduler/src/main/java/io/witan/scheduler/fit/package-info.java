/**
 * What an operation costs, from timings of it: t = alpha + n x beta by least squares ({@link io.witan.scheduler.fit.LinearFit},
 * {@link io.witan.scheduler.fit.LinearTime}), and whether later timings still agree ({@link io.witan.scheduler.fit.Drift}, {@link
 * io.witan.scheduler.fit.DriftWatch}); all of a layer's operations together ({@link io.witan.scheduler.fit.LayerProfile}). The sizes n
 * are in any unit (bytes, elements, multiply-adds), the same in samples and in use; times are milliseconds. Pure functions and immutable
 * values, any thread, but for the watch.
 */
package io.witan.scheduler.fit;
