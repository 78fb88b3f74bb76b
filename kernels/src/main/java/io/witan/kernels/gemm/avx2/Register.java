package io.witan.kernels.gemm.avx2;

/** The general registers that a function may overwrite (System V calling convention), by number. */
enum Register {
    RAX(0),
    RCX(1),
    RDX(2),
    RSI(6),
    /** First argument. */
    RDI(7),
    R8(8),
    R9(9),
    R10(10),
    R11(11);

    final int number;

    Register(int number) {
        this.number = number;
    }

    /** Lower three bits of the number. */
    int low() {
        return number & 7;
    }

    /** Fourth bit of the number, which goes into a prefix. */
    int high() {
        return number >> 3;
    }
}
