// Sums of a 64 x 256 tile, which lie as multiply_64x256x16 leaves them, stored in bf16.
#pragma once

#include <witan/grouped_sm90.cuh>
#include <witan/quad.cuh>

namespace witan::sm90 {

constexpr int CHUNKS = 4;  // of 8 columns, stored together

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

}  // namespace witan::sm90
