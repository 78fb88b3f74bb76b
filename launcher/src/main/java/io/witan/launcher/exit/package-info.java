/**
 * How a command ends: documented exit codes ({@link io.witan.launcher.exit.ExitCode}) and the way from a thrown error to a
 * code and one clear line. Everything here is immutable and may be used from any thread.
 */
package io.witan.launcher.exit;
