/**
 * OpenBLAS by foreign function calls: the shared library out of the bytedeco jar, loaded once a process and kept at one
 * BLAS thread. {@link io.witan.kernels.openblas.OpenBlas#multiply} may be called by many threads at once.
 */
package io.witan.kernels.openblas;
