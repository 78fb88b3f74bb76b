package io.witan.kernels.cuda.device;

/** Numbers of cuBLAS's interface, the same in versions 12 and 13. */
final class CublasTypes {
    /** CUDA_R_32F. */
    static final int FP32 = 0;

    /** CUBLAS_GEMM_DEFAULT. */
    static final int DEFAULT_ALGORITHM = -1;

    /** CUDA_R_16BF. */
    private static final int BF16 = 14;

    private static final int COMPUTE_32F = 68;
    private static final int COMPUTE_32F_FAST_16BF = 75;
    private static final int MAJOR = 10000;
    private static final int MINOR = 100;

    /** Of bf16 operands. */
    static final Types OF_BF16 = new Types(BF16, COMPUTE_32F);

    private CublasTypes() {}

    /**
     * Types of a product whose result is fp32.
     *
     * @param operands of both
     * @param compute what they are multiplied in
     */
    record Types(int operands, int compute) {}

    /** Of fp32 operands. */
    static Types types(Precision precision) {
        return switch (precision) {
            case FP32 -> new Types(FP32, COMPUTE_32F);
            case BF16 -> new Types(FP32, COMPUTE_32F_FAST_16BF);
        };
    }

    /** {@code 13.1.0} for 130100. */
    static String version(int number) {
        return number / MAJOR + "." + number % MAJOR / MINOR + "." + number % MINOR;
    }
}
