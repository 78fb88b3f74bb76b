/** Checks of the segments that callers pass to a kernel, the same for every back end. No state; any thread. */
package io.witan.kernels.operand;
