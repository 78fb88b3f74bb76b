// to[t] = beta * to[t] + weight[t, 0] * from[position[t, 0]] + weight[t, 1] * from[position[t, 1]] + ..., in this order and in fp32; `from`
// may be bf16.
#pragma once

#include <witan/segments.cuh>

namespace witan {

// What is added to one row of `to`.
template <bool weighted, class From>
struct RowSum {
    const From* from;
    const int* position;  // of the token
    const float* weights;  // of the token, if weighted: otherwise 1, with which a product and a sum are rounded as a sum alone
    int top_k;
    int cols;
    float beta;

    __device__ __forceinline__ const From* row(int k) const {
        return from + static_cast<long long>(position[k]) * cols;
    }
    __device__ __forceinline__ float weight(int k) const { return weighted ? weights[k] : 1; }

    // Two rows are under way at a time. With beta 0 `to` is not read.
    template <class V>
    __device__ __forceinline__ void add_to(float* to, Segment at) const {
        const int lane = threadIdx.x % WARP;
        for (int c = at.begin + WIDTH<V> * lane; c < at.end; c += SEGMENT_STEP<V>) {
            V sum[SEGMENT_VECTORS] = {};
            V even[SEGMENT_VECTORS] = {};
            V odd[SEGMENT_VECTORS] = {};
            if (beta != 0) {
                load_step(sum, to, c, at.end);
#pragma unroll
                for (int v = 0; v < SEGMENT_VECTORS; v++) sum[v] = scaled(sum[v], beta);
            }
            for (int k = 0; k < top_k; k += 2) {
                const bool two = k + 1 < top_k;
                load_step(even, row(k), c, at.end);
                if (two) load_step(odd, row(k + 1), c, at.end);
                const float first = weight(k);
                const float second = two ? weight(k + 1) : 0;
#pragma unroll
                for (int v = 0; v < SEGMENT_VECTORS; v++) sum[v] = plus_scaled(sum[v], even[v], first);
                if (two) {
#pragma unroll
                    for (int v = 0; v < SEGMENT_VECTORS; v++) sum[v] = plus_scaled(sum[v], odd[v], second);
                }
            }
            store_step(to, sum, c, at.end);
        }
    }
};

template <bool weighted, class From>
__device__ __forceinline__ void sum_rows(const From* __restrict__ from, const int* __restrict__ position,
                                         const float* __restrict__ weight, float* __restrict__ to, int tokens,
                                         int top_k, int cols, float beta) {
    const auto at = segment_of_warp(cols);
    if (at.row >= static_cast<unsigned>(tokens)) return;
    const long long first = static_cast<long long>(at.row) * top_k;
    const RowSum<weighted, From> sum = {from, position + first, weighted ? weight + first : nullptr, top_k, cols, beta};
    float* row = to + static_cast<long long>(at.row) * cols;
    if (cols % 4 == 0 && aligned_16(from, to))
        sum.template add_to<float4>(row, at);
    else
        sum.template add_to<float>(row, at);
}

}  // namespace witan
