/**
 * Pictures of a run, from its metrics file: {@link io.witan.launcher.report.TrainingReport}. PNG, drawn without a display.
 * Stateless; any thread.
 */
package io.witan.launcher.report;
