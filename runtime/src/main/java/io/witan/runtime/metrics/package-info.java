/**
 * What a run writes about itself while it trains: JSON Lines, one flat object a line, snake-case keys, each line with its
 * {@code step}. {@link io.witan.runtime.metrics.MetricsLog} writes them, {@link io.witan.runtime.metrics.MetricsReader}
 * reads them for reports.
 *
 * <p>JSON has no NaN and no infinity: such a value is written as the string {@code "NaN"}, {@code "Infinity"} or
 * {@code "-Infinity"}, and read back as that number. Every line is valid JSON.
 */
package io.witan.runtime.metrics;
