/**
 * Matrix products on one GPU: of bf16 over groups of rows, by {@link io.witan.kernels.cuda.gemm.GroupedGemm}, and of fp32 segments
 * in either precision, by {@link io.witan.kernels.cuda.gemm.LinearProducts}. Group g has rows offsets[g] to offsets[g + 1] - 1.
 *
 * <p>Calls are queued. Working memory grows to the largest call's and is freed with the device. Thread rule: that of the device.
 */
package io.witan.kernels.cuda.gemm;
