package io.witan.kernels.cuda;

/** What the operands of a matrix product are rounded to; sums are fp32 in any case. */
public enum Precision {
    /** Not at all. Runs without tensor cores. */
    FP32,
    /** To bfloat16, to nearest even. Widths are multiples of 8, addresses of 16. */
    BF16
}
