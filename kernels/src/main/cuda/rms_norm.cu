// RMSNorm, forward and backward; it has no bias; the kernels named *_any take any row and any alignment.
#include <witan/norm.cuh>

namespace {

__device__ __forceinline__ witan::NormRow row_of(const float* x, const float* gain, const float* bias, float* y,
                                                 float* stats, int cols, float epsilon) {
    const long long row = blockIdx.x;
    return {x + row * cols, gain, bias, y + row * cols, stats + 2 * row, cols, epsilon};
}

}  // namespace

KERNEL(rms_norm_forward, 512)(const float* __restrict__ x, const float* __restrict__ gain, const float* __restrict__ bias,
                                float* __restrict__ y, float* __restrict__ stats, int cols, float epsilon) {
    witan::norm_in_registers<false>(row_of(x, gain, bias, y, stats, cols, epsilon));
}

KERNEL(rms_norm_forward_any, 512)(const float* __restrict__ x, const float* __restrict__ gain,
                                    const float* __restrict__ bias, float* __restrict__ y, float* __restrict__ stats,
                                    int cols, float epsilon) {
    witan::norm_in_memory<false>(row_of(x, gain, bias, y, stats, cols, epsilon));
}

KERNEL(rms_norm_backward, 512)(const float* __restrict__ x, const float* __restrict__ gain,
                                 const float* __restrict__ stats, const float* __restrict__ dy, float* __restrict__ dx,
                                 float* __restrict__ gains, float* __restrict__ biases, int rows, int cols) {
    witan::norm_backward_in_registers<false>({x, gain, stats, dy, dx, gains, biases, rows, cols});
}

KERNEL(rms_norm_backward_any, 512)(const float* __restrict__ x, const float* __restrict__ gain,
                                     const float* __restrict__ stats, const float* __restrict__ dy,
                                     float* __restrict__ dx, float* __restrict__ gains, float* __restrict__ biases,
                                     int rows, int cols) {
    witan::norm_backward_in_memory<false>({x, gain, stats, dy, dx, gains, biases, rows, cols});
}
