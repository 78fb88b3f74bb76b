/**
 * The vector vocabulary of the host kernels: memory by address, row reductions in a fixed order, exp and the normal
 * distribution, a checksum in parts. Everything is static and free of state; nothing checks bounds, callers do.
 */
package io.witan.kernels.simd;
