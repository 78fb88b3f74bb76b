/**
 * Matrix products with AVX2 and FMA. The innermost loops are machine code that is written at start, as neither C2 (whose register
 * allocator spills accumulators) nor a library made for large products (which packs both operands each time) comes near the
 * processor's limit at the sizes of an expert.
 *
 * <p>The scheme is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), with the shapes
 * of BLIS: a panel of B, 16 columns wide and a cache block deep, is copied so that it lies in the first-level cache in the
 * order in which it is read; the rows of A pass by it six at a time, where they are. Only an A whose rows do not lie side by side in
 * memory, or lie so that they push each other out of the cache, is copied as well.
 */
package io.witan.kernels.gemm.avx2;
