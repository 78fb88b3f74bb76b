/**
 * What an operation costs, from timings of it: t = alpha + n x beta by least squares ({@link io.witan.scheduler.fit.LinearFit},
 * {@link io.witan.scheduler.fit.LinearTime}), and whether later timings still agree ({@link io.witan.scheduler.fit.Drift}). The sizes n
 * are in any unit (bytes, elements, multiply-adds), the same in samples and in use; times are milliseconds. Pure functions, any thread.
 */
package io.witan.scheduler.fit;
