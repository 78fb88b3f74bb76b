/**
 * {@code bin/witan}: the command line, and the seam between launching and training. {@code cli.Main} is the
 * composition root: it names the {@link io.witan.launcher.RankProgram} that ranks run. The rest of the launcher knows
 * nothing of training.
 */
package io.witan.launcher;
