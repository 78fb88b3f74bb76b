package io.witan.kernels.gemm.avx2;

/**
 * Addresses of rows that lie a stride apart. An address holds one stride or two, so every third row has a base of its own.
 *
 * @param bases of rows 0, 3 and so on
 */
record StridedRows(Register stride, Register... bases) {
    static final int PER_BASE = 3;

    /** So many bytes into a row. */
    Address row(int index, int bytes) {
        Register base = bases[index / PER_BASE];
        int strides = index % PER_BASE;
        return strides == 0
                ? Address.at(base, bytes)
                : Address.at(base, stride, strides).plus(bytes);
    }

    /** Computes the other bases from the first. */
    void point(Assembler code) {
        for (int i = 1; i < bases.length; i++) {
            code.address(bases[i], Address.at(bases[i - 1], stride, 2));
            code.add(bases[i], stride);
        }
    }
}
