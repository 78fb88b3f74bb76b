/**
 * The lanes of a whole step by the event model: all layers of forward and of backward one after another ({@link
 * io.witan.scheduler.step.StepModel}), with when each operation runs ({@link io.witan.scheduler.step.StepTask}). Pure functions, any thread.
 * Milliseconds as doubles.
 */
package io.witan.scheduler.step;
