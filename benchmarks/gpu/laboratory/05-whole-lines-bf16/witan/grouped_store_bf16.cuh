// Sums of a 64 x 256 tile, which lie as multiply_64x256x16 leaves them, stored in bf16.
#pragma once

#include <witan/grouped_sm90.cuh>

namespace witan::sm90 {

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

}  // namespace witan::sm90
