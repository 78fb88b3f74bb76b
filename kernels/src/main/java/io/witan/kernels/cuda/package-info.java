/**
 * The CUDA back end: each operation of {@link io.witan.kernels.Kernels} as launches of our own kernels
 * ({@code src/main/cuda}, one operation a file) on one {@link io.witan.kernels.cuda.device.Device}.
 *
 * <p>Segments hold device addresses. Calls are queued and return before the device has finished, except where a value comes
 * back to the host. Indices in device memory are not checked. Thread rule: one thread at a time.
 */
package io.witan.kernels.cuda;
