/**
 * {@code bin/witan top}: a run as a table. A {@link io.witan.launcher.top.RunSource} makes a {@link io.witan.launcher.top.RunView} of what the
 * run wrote or serves, {@link io.witan.launcher.top.RunTable} makes text of that, {@link io.witan.launcher.top.Screen} shows it again and
 * again. One thread.
 */
package io.witan.launcher.top;
