// Sums of a 64 x 256 tile, which lie as multiply_64x256x16 leaves them, stored in fp32.
#pragma once

#include <witan/grouped_sm90.cuh>
#include <witan/wide.cuh>

namespace witan::sm90 {

// C = sums + beta C in fp32, in lines of 256 bytes: each warp turns its 16 rows by way of shared memory, 64 columns at a time, behind
// the stages. Units of 16 bytes are exchanged within a row so that neither way two lanes meet in a bank. n is a multiple of 8.
struct StoreFp32 {
    static constexpr int COLUMNS = 64;
    static constexpr int UNITS = COLUMNS / 4;
    static constexpr int WARP_BYTES = 16 * COLUMNS * 4;
    static constexpr int FIRST_BYTE = SHARED_BYTES - MULTIPLIERS * WARPS * WARP_BYTES;

    int n;
    float beta;

    __device__ __forceinline__ static int unit_at(int row, int unit) { return row * UNITS + (unit ^ row % 4 * 2); }

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row, float* c) const {
        DYNAMIC_SHARED(unsigned char, shared);
        const int lane = threadIdx.x % WARP;
        auto* turned = reinterpret_cast<float4*>(shared + FIRST_BYTE + (threadIdx.x - WARPGROUP) / WARP * WARP_BYTES);
        const int first_row = row - lane / 4;
#pragma unroll
        for (int block = 0; block < TILE_N / COLUMNS; block++) {
            __syncwarp();
#pragma unroll
            for (int chunk = 0; chunk < COLUMNS / 8; chunk++) {
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    const int from = block * COLUMNS / 2 + 4 * chunk + 2 * half;
                    auto* to = reinterpret_cast<float2*>(turned + unit_at(lane / 4 + 8 * half, 2 * chunk + lane % 4 / 2));
                    to[lane % 2] = make_float2(sums[from], sums[from + 1]);
                }
            }
            __syncwarp();
#pragma unroll
            for (int pass = 0; pass < 16 * UNITS / WARP; pass++) {
                const int line = pass * (WARP / UNITS) + lane / UNITS;
                float4 value = turned[unit_at(line, lane % UNITS)];
                const int at = first_row + line;
                const int column = tile.n + block * COLUMNS + 4 * (lane % UNITS);
                if (at >= tile.m_end || column >= n) continue;
                auto* to = reinterpret_cast<float4*>(c + static_cast<long long>(at) * n + column);
                if (beta != 0) value = plus_scaled(value, *to, beta);
                *to = value;
            }
        }
    }
};

}  // namespace witan::sm90
