/**
 * How a run is, in its output folder: {@link io.witan.launcher.status.StatusFile} writes it on the launcher's thread,
 * {@link io.witan.launcher.status.RunStatus} is what anybody reads.
 */
package io.witan.launcher.status;
