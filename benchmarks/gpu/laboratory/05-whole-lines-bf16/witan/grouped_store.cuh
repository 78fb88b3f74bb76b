// What becomes of the sums of a 64 x 256 tile: stored as they are, or after an activation. A thread's sums lie as
// multiply_64x256x16 leaves them: two rows, eight apart, two columns of each eight.
#pragma once

#include <witan/activation.cuh>
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

// y = value(sums) in bf16, in lines of 128 bytes: each warp turns 8 rows of 64 columns by way of shared memory, behind the stages. Units
// of 16 bytes are exchanged within a row so that neither way two lanes meet in a bank. pack(chunk, half) gives two columns of each output.
constexpr int LINE_CHUNKS = 8;
constexpr int TURNED_BYTES = 8 * LINE_CHUNKS * 16;  // of a warp

template <int outputs, int chunks, class Pack>
__device__ __forceinline__ void store_bf16(bf16* const (&lines)[outputs], const Tile& tile, int at, int n, const Pack& pack) {
    DYNAMIC_SHARED(unsigned char, shared);
    const int lane = threadIdx.x % WARP;
    const int row = lane / 4;
    auto* turned = reinterpret_cast<uint4*>(shared + SHARED_BYTES - MULTIPLIERS * WARPS * TURNED_BYTES +
                                            (threadIdx.x - WARPGROUP) / WARP * TURNED_BYTES);
#pragma unroll
    for (int first = 0; first < chunks; first += LINE_CHUNKS) {
        unsigned packed[outputs][LINE_CHUNKS];
#pragma unroll
        for (int chunk = 0; chunk < LINE_CHUNKS; chunk++) {
            const auto pairs = pack(first + chunk);
#pragma unroll
            for (int output = 0; output < outputs; output++) packed[output][chunk] = pairs.words[output];
        }
#pragma unroll
        for (int output = 0; output < outputs; output++) {
            __syncwarp();
#pragma unroll
            for (int chunk = 0; chunk < LINE_CHUNKS; chunk++)
                reinterpret_cast<unsigned*>(turned + row * LINE_CHUNKS + (chunk ^ row))[lane % 4] = packed[output][chunk];
            __syncwarp();
#pragma unroll
            for (int pass = 0; pass < 2; pass++) {
                const int other = 4 * pass + lane / 8;
                const uint4 value = turned[other * LINE_CHUNKS + (lane % 8 ^ other)];
                const int column = tile.n + 8 * (first + lane % 8);
                if (at - row + other >= tile.m_end || column >= n) continue;
                *reinterpret_cast<uint4*>(lines[output] + static_cast<long long>(other - row) * n + column) = value;
            }
        }
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
