// What becomes of the sums of a 64 x 256 tile: stored as they are, or after an activation. A thread's sums lie as
// multiply_64x256x16 leaves them: two rows, eight apart, two columns of each eight.
#pragma once

#include <witan/activation.cuh>
#include <witan/grouped_store_bf16.cuh>
#include <witan/grouped_store_fp32.cuh>

namespace witan::sm90 {

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
