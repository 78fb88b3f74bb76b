package io.witan.kernels.cuda.device;

/** Numbers of cuBLAS's interface, the same in versions 12 and 13. */
final class CublasTypes {
    /** CUDA_R_32F. */
    static final int FP32 = 0;

    /** CUBLAS_GEMM_DEFAULT. */
    static final int DEFAULT_ALGORITHM = -1;

    private static final int COMPUTE_32F = 68;
    private static final int COMPUTE_32F_FAST_16BF = 75;
    private static final int MAJOR = 10000;
    private static final int MINOR = 100;

    private CublasTypes() {}

    static int computeType(Precision precision) {
        return switch (precision) {
            case FP32 -> COMPUTE_32F;
            case BF16 -> COMPUTE_32F_FAST_16BF;
        };
    }

    /** {@code 13.1.0} for 130100. */
    static String version(int number) {
        return number / MAJOR + "." + number % MAJOR / MINOR + "." + number % MINOR;
    }
}
