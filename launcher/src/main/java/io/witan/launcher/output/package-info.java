/**
 * The output folder of a run: who may write to it ({@link io.witan.launcher.output.OutputFolder}) and what the launcher
 * puts there. One thread.
 */
package io.witan.launcher.output;
