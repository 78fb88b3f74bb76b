// dy[position[t, k]] = weight[t, k] * dOut[t] and dWeight[t, k] = dOut[t] . y[position[t, k]]; a warp for each t, k. The warps of a
// token lie side by side, so that its dOut comes from memory once.
#include <witan/wide_bf16.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int VECTORS = 4;

template <class T>
struct Row {
    const T* y;
    const float* d_out;
    T* dy;
    float weight;
    int cols;
};

// Columns at .. at + 31 of the warp's lanes, VECTORS times. Returns the lane's part of the dot product, added to sum.
template <class V, bool whole, class T>
__device__ __forceinline__ float step(const Row<T>& row, int first, float sum) {
    constexpr int STRIDE = witan::WARP * witan::WIDTH<V>;
    V d[VECTORS];
    V y[VECTORS];
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const int c = first + v * STRIDE;
        if (whole || c < row.cols) {
            d[v] = witan::load<V>(row.d_out + c);
            y[v] = witan::load<V>(row.y + c);
        }
    }
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const int c = first + v * STRIDE;
        if (whole || c < row.cols) {
            witan::store(row.dy + c, witan::scaled(d[v], row.weight));
            sum = witan::plus_dot(sum, d[v], y[v]);
        }
    }
    return sum;
}

template <class V, class T>
__device__ __forceinline__ float row_as(const Row<T>& row) {
    constexpr int STEP = witan::WARP * witan::WIDTH<V> * VECTORS;
    const int lane = threadIdx.x % witan::WARP;
    float sum = 0;
    int begin = 0;
    for (; begin + STEP <= row.cols; begin += STEP) sum = step<V, true>(row, begin + witan::WIDTH<V> * lane, sum);
    if (begin < row.cols) sum = step<V, false>(row, begin + witan::WIDTH<V> * lane, sum);
    return witan::across_warp(sum, witan::Sum());
}

// The block's warps; y and dy may be bf16.
template <class T>
__device__ __forceinline__ void rows(const T* y, const int* position, const float* weight, const float* d_out, T* dy,
                                     float* d_weight, long long assignments, int top_k, int cols) {
    const long long i = static_cast<long long>(blockIdx.x) * (THREADS / witan::WARP) + threadIdx.x / witan::WARP;
    if (i >= assignments) return;
    const long long at = static_cast<long long>(position[i]) * cols;
    const Row<T> row = {y + at, d_out + i / top_k * cols, dy + at, weight[i], cols};
    const float dot = cols % 4 == 0 && witan::aligned_16(y, d_out, dy) ? row_as<float4>(row) : row_as<float>(row);
    if (threadIdx.x % witan::WARP == 0) d_weight[i] = dot;
}

}  // namespace

KERNEL(combine_backward, 256)(const float* __restrict__ y, const int* __restrict__ position,
                              const float* __restrict__ weight, const float* __restrict__ d_out, float* __restrict__ dy,
                              float* __restrict__ d_weight, long long assignments, int top_k, int cols) {
    rows(y, position, weight, d_out, dy, d_weight, assignments, top_k, cols);
}

KERNEL(combine_backward_bf16, 256)(const witan::bf16* __restrict__ y, const int* __restrict__ position,
                                   const float* __restrict__ weight, const float* __restrict__ d_out,
                                   witan::bf16* __restrict__ dy, float* __restrict__ d_weight, long long assignments,
                                   int top_k, int cols) {
    rows(y, position, weight, d_out, dy, d_weight, assignments, top_k, cols);
}
