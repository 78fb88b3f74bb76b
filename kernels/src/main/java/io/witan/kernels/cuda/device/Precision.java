package io.witan.kernels.cuda.device;

/** What matrix products of fp32 operands multiply in. Sums are fp32 in either. */
public enum Precision {
    /** fp32 as it is. */
    FP32,
    /** Operands rounded to bf16, on the matrix units. */
    BF16
}
