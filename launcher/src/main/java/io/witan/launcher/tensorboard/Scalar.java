package io.witan.launcher.tensorboard;

/**
 * One value of a step.
 *
 * @param tag name of its chart; what is before a slash is the chart's group
 */
record Scalar(String tag, float value) {}
