// Sums of a 64 x 256 tile, which lie as multiply_64x256x16 leaves them, stored in fp32.
#pragma once

#include <witan/grouped_sm90.cuh>

namespace witan::sm90 {

// C = sums + beta C in fp32.
struct StoreFp32 {
    int n;
    float beta;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row, float* c) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const int at = row + 8 * half;
            if (at >= tile.m_end) continue;
            float* line = c + static_cast<long long>(at) * n;
#pragma unroll
            for (int chunk = 0; chunk < SUMS / 4; chunk++) {
                const int column = tile.n + 8 * chunk + 2 * (threadIdx.x % 4);
                if (column >= n) continue;
                auto* to = reinterpret_cast<float2*>(line + column);
                float2 value = make_float2(sums[4 * chunk + 2 * half], sums[4 * chunk + 2 * half + 1]);
                if (beta != 0) {
                    const float2 before = *to;
                    value = make_float2(fmaf(beta, before.x, value.x), fmaf(beta, before.y, value.y));
                }
                *to = value;
            }
        }
    }
};

}  // namespace witan::sm90
