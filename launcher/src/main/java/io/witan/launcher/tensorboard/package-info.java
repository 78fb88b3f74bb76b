/** Scalars of a run as event files for TensorBoard. On rank 0, by its training thread. */
package io.witan.launcher.tensorboard;
