/**
 * The commands of bin/witan: what the launcher's frame is filled with. {@link io.witan.launcher.cli.Main} is the one
 * place where parts are chosen.
 */
package io.witan.launcher.cli;
