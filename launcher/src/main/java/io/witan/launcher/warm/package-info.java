/**
 * Spare processes of {@code train}: what they do to get warm, a small run of the recipe whose ranks are threads of one process, and when
 * they may begin.
 *
 * <p>Thread rule: {@link io.witan.launcher.warm.WarmUp} has a thread for each of its ranks; the rest is called by training threads.
 */
package io.witan.launcher.warm;
