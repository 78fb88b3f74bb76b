// GELU (exact) and SwiGLU, element by element; for training the inputs' places take the derivatives.
#include <witan/activation.cuh>

namespace {
constexpr int THREADS = 256;
}

KERNEL(gelu, 256)(const float* x, float* y, long long count) {
    const long long i = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
    if (i < count) y[i] = witan::gelu(x[i]).value;
}

KERNEL(gelu_with_slope, 256)(float* x, float* y, long long count) {
    const long long i = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
    if (i >= count) return;
    const auto result = witan::gelu(x[i]);
    y[i] = result.value;
    x[i] = result.slope;
}

KERNEL(swiglu, 256)(const float* gate, const float* up, float* y, long long count) {
    const long long i = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
    if (i < count) y[i] = witan::swiglu(gate[i], up[i]).value;
}

KERNEL(swiglu_with_slopes, 256)(float* gate, float* up, float* y, long long count) {
    const long long i = static_cast<long long>(blockIdx.x) * THREADS + threadIdx.x;
    if (i >= count) return;
    const auto result = witan::swiglu(gate[i], up[i]);
    y[i] = result.value;
    gate[i] = result.gate_slope;
    up[i] = result.up_slope;
}
