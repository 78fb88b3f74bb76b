/**
 * The host back end: matrix products by the AVX2 kernels or OpenBLAS, the rest by the Vector API, work spread over own threads.
 * One operation a file.
 *
 * <p>Operations check their segments on the calling thread, then work on addresses. A call allocates a few small objects
 * on the heap, none of a size that depends on the data. Splitting never changes the order in which one result is summed
 * except inside OpenBLAS, whose tiles depend on the shape of a part: where it is chosen, results depend on the thread count.
 */
package io.witan.kernels.host;
