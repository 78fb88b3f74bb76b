/**
 * The processes of one node: its ranks and spares ({@link io.witan.launcher.process.RankProcesses}), how a JVM of theirs is started, on which
 * cores, and what becomes of their output.
 */
package io.witan.launcher.process;
