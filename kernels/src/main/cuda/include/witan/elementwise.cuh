// Arrays element by element. A block has ELEMENTWISE_SPAN consecutive elements; each thread loads all of its own before it
// stores any, so that an output may be an input.
#pragma once

#include <witan/wide.cuh>

namespace witan {

constexpr int ELEMENTWISE_THREADS = 256;
constexpr int ELEMENTWISE_VECTORS = 2;
constexpr int ELEMENTWISE_SPAN = ELEMENTWISE_THREADS * ELEMENTWISE_VECTORS * 4;

// operation(x, y) computes the outputs y of one element from its inputs x.
template <int INPUTS, int OUTPUTS, class Operation>
__device__ __forceinline__ void operate(const float (&x)[INPUTS], float (&y)[OUTPUTS], Operation operation) {
    operation(x, y);
}

template <int INPUTS, int OUTPUTS, class Operation>
__device__ __forceinline__ void operate(const float4 (&in)[INPUTS], float4 (&out)[OUTPUTS], Operation operation) {
    float x[4][INPUTS];
    float y[4][OUTPUTS];
#pragma unroll
    for (int i = 0; i < INPUTS; i++) x[0][i] = in[i].x, x[1][i] = in[i].y, x[2][i] = in[i].z, x[3][i] = in[i].w;
#pragma unroll
    for (int e = 0; e < 4; e++) operation(x[e], y[e]);
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++) out[o] = make_float4(y[0][o], y[1][o], y[2][o], y[3][o]);
}

// The block's next ELEMENTWISE_VECTORS vectors of each thread; those that begin at the end or behind it are left out.
template <class V, int INPUTS, int OUTPUTS, class Operation>
__device__ __forceinline__ void elementwise_step(const float* const (&in)[INPUTS], float* const (&out)[OUTPUTS],
                                                 long long begin, long long end, Operation operation) {
    V x[ELEMENTWISE_VECTORS][INPUTS];
    const long long first = begin + WIDTH<V> * threadIdx.x;
#pragma unroll
    for (int v = 0; v < ELEMENTWISE_VECTORS; v++) {
        const long long at = first + v * (WIDTH<V> * ELEMENTWISE_THREADS);
#pragma unroll
        for (int i = 0; i < INPUTS; i++)
            if (at < end) x[v][i] = load<V>(in[i] + at);
    }
#pragma unroll
    for (int v = 0; v < ELEMENTWISE_VECTORS; v++) {
        const long long at = first + v * (WIDTH<V> * ELEMENTWISE_THREADS);
        V y[OUTPUTS];
        if (at < end) operate(x[v], y, operation);
#pragma unroll
        for (int o = 0; o < OUTPUTS; o++)
            if (at < end) store(out[o] + at, y[o]);
    }
}

template <int INPUTS, int OUTPUTS, class Operation>
__device__ __forceinline__ void elementwise(const float* const (&in)[INPUTS], float* const (&out)[OUTPUTS],
                                            long long count, Operation operation) {
    const long long begin = static_cast<long long>(blockIdx.x) * ELEMENTWISE_SPAN;
    const long long end = min(count, begin + ELEMENTWISE_SPAN);
    bool wide = (end - begin) % 4 == 0;
#pragma unroll
    for (int i = 0; i < INPUTS; i++) wide = wide && aligned_16(in[i]);
#pragma unroll
    for (int o = 0; o < OUTPUTS; o++) wide = wide && aligned_16(out[o]);
    if (wide) {
        elementwise_step<float4>(in, out, begin, end, operation);
        return;
    }
    constexpr int STEP = ELEMENTWISE_THREADS * ELEMENTWISE_VECTORS;
#pragma unroll 1
    for (long long at = begin; at < end; at += STEP) elementwise_step<float>(in, out, at, end, operation);
}

}  // namespace witan
