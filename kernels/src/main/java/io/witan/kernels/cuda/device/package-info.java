/**
 * One GPU through its driver: memory, kernels, faults. The only place that names JCuda's types. A device is used by the thread
 * that opened it.
 */
package io.witan.kernels.cuda.device;
