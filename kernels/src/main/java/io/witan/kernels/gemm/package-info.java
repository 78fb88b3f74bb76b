/**
 * Matrix products on the host: one interface, two implementations, and the choice between them. A product runs on the
 * thread that asks for it; how a larger one is shared out among threads is decided above.
 */
package io.witan.kernels.gemm;
