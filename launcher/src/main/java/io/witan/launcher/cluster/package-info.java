/**
 * Which nodes take part in a run and how to reach them: {@link io.witan.launcher.cluster.Cluster} and the YAML file it is
 * read from. Immutable; any thread.
 */
package io.witan.launcher.cluster;
