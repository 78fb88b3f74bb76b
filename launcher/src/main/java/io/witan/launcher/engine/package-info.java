/**
 * What Slurm, Open MPI and Kubernetes tell the processes that they start, in environment variables. Pure functions of the
 * environment; immutable; any thread. A variable that cannot be is refused with its name, its value and what is allowed.
 */
package io.witan.launcher.engine;
