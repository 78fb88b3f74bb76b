// What becomes of the sums of a 64 x 256 tile: stored as they are, or after an activation. A thread's sums lie as
// multiply_64x256x16 leaves them: two rows, eight apart, two columns of each eight.
#pragma once

#include <witan/activation.cuh>
#include <witan/grouped_sm90.cuh>
#include <witan/quad.cuh>
#include <witan/wide.cuh>

namespace witan::sm90 {

constexpr int CHUNKS = 4;  // of 8 columns, stored together

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

// y = value(sums) in bf16, four chunks at a time. pack(chunk, half, packed...) gives two columns of each output.
template <int outputs, int chunks, class Pack>
__device__ __forceinline__ void store_bf16(bf16* const (&lines)[outputs], const Tile& tile, int at, int n, const Pack& pack) {
    const bool inside = at < tile.m_end;
#pragma unroll
    for (int first = 0; first < chunks; first += CHUNKS) {
        unsigned packed[outputs][CHUNKS];
#pragma unroll
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            const auto pairs = pack(first + chunk);
#pragma unroll
            for (int output = 0; output < outputs; output++) packed[output][chunk] = pairs.words[output];
        }
#pragma unroll
        for (int output = 0; output < outputs; output++)
            store_columns(packed[output], lines[output], tile.n + 8 * first, n, inside);
    }
}

// Two columns of each output.
template <int outputs>
struct Pairs {
    unsigned words[outputs];
};

struct StoreBf16 {
    bf16* y;
    int n;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row, long long first_row) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            bf16* const lines[] = {y + (first_row + row + 8 * half) * n};
            store_bf16<1, SUMS / 4>(lines, tile, row + 8 * half, n, [&](int chunk) {
                const int at = 4 * chunk + 2 * half;
                return Pairs<1>{{pack_bf16(sums[at], sums[at + 1])}};
            });
        }
    }
};

struct StoreGelu {
    bf16* y;
    bf16* slope;
    int n;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row, long long first_row) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const long long line = (first_row + row + 8 * half) * n;
            bf16* const lines[] = {y + line, slope + line};
            store_bf16<2, SUMS / 4>(lines, tile, row + 8 * half, n, [&](int chunk) {
                const int at = 4 * chunk + 2 * half;
                const Gelu first = gelu_for_bf16(sums[at]);
                const Gelu second = gelu_for_bf16(sums[at + 1]);
                return Pairs<2>{{pack_bf16(first.value, second.value), pack_bf16(first.slope, second.slope)}};
            });
        }
    }
};

// The first half of a tile's columns is the gate, the second the same columns of up.
struct StoreSwiglu {
    bf16* y;
    bf16* gate_slope;
    bf16* up_slope;
    int n;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row, long long first_row) const {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const long long line = (first_row + row + 8 * half) * n;
            bf16* const lines[] = {y + line, gate_slope + line, up_slope + line};
            store_bf16<3, SUMS / 8>(lines, tile, row + 8 * half, n, [&](int chunk) {
                const int at = 4 * chunk + 2 * half;
                const Swiglu first = swiglu(sums[at], sums[at + SUMS / 2]);
                const Swiglu second = swiglu(sums[at + 1], sums[at + 1 + SUMS / 2]);
                return Pairs<3>{{pack_bf16(first.value, second.value), pack_bf16(first.gate_slope, second.gate_slope),
                                 pack_bf16(first.up_slope, second.up_slope)}};
            });
        }
    }
};

}  // namespace witan::sm90
