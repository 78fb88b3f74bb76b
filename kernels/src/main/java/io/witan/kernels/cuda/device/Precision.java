package io.witan.kernels.cuda.device;

/** What matrix products of fp32 operands multiply in. Sums are fp32 in either. */
public enum Precision {
    /** fp32 as it is. */
    FP32(1),
    /** Operands rounded to bf16, on the matrix units, which take 8 of them, 16 bytes, at once. */
    BF16(8);

    private final int widthMultiple;

    Precision(int widthMultiple) {
        this.widthMultiple = widthMultiple;
    }

    /** What the widths of experts' matrices have to be multiples of. */
    public int widthMultiple() {
        return widthMultiple;
    }
}
