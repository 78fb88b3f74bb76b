/**
 * What one rank works with: kernels, lanes of communication and the memory of a step. Everything here is used by the
 * rank's training thread only.
 */
package io.witan.runtime.engine;
