package io.witan.scheduler.pipeline;

/**
 * A degree and what the layer takes with it.
 *
 * @param degree chunks, 1 or more
 * @param ms by the model that it was chosen with
 */
public record DegreeChoice(int degree, double ms) {}
