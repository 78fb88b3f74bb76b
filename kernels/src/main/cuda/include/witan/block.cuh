// Sums and maxima over the threads of a warp or a block, in a fixed order.
#pragma once

#include <witan/hardware.cuh>

namespace witan {

constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

__device__ __forceinline__ float from_bf16(bf16 bits) { return __uint_as_float(static_cast<unsigned>(bits) << 16); }
__device__ __forceinline__ float low_bf16(unsigned packed) { return __uint_as_float(packed << 16); }
__device__ __forceinline__ float high_bf16(unsigned packed) { return __uint_as_float(packed & 0xffff0000u); }

struct Sum {
    template <class T>
    __device__ T operator()(T a, T b) const {
        return a + b;
    }
};

struct Max {
    template <class T>
    __device__ T operator()(T a, T b) const {
        return a > b ? a : b;
    }
};

// Every lane gets the result.
template <class T, class Operation>
__device__ __forceinline__ T across_warp(T value, Operation operation) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2)
        value = operation(value, __shfl_xor_sync(ALL_LANES, value, distance));
    return value;
}

// Every thread gets the result; threads is the block size, a multiple of 32. All threads of the block must call it.
template <int threads, class T, class Operation>
__device__ __forceinline__ T across_block(T value, Operation operation) {
    constexpr int warps = threads / WARP;
    __shared__ T partial[warps];
    value = across_warp(value, operation);
    __syncthreads();  // the previous result may still be read
    if (threadIdx.x % WARP == 0) partial[threadIdx.x / WARP] = value;
    __syncthreads();
    T result = partial[0];
#pragma unroll
    for (int warp = 1; warp < warps; warp++) result = operation(result, partial[warp]);
    return result;
}

}  // namespace witan
