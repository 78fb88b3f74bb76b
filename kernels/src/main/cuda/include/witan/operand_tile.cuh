// Operand tiles in shared memory as the copy engine writes them with its 128-byte swizzle, and as wgmma is told of them.
#pragma once

#include <witan/hopper.cuh>

namespace witan {

// Contiguous bytes of a tile's line: 64 bf16.
constexpr int LINE_BYTES = 128;

// Eight lines are the swizzle's period; tiles are aligned to it.
constexpr int ATOM_BYTES = 8 * LINE_BYTES;

// The descriptor of a tile at `shared`. ALONG_K: each line is one row (of M or N), atoms of 8 rows follow each other. ACROSS_K:
// each line is one k, 64 of M or N wide, atoms of 8 k follow each other, and the next 64 of M or N are `block_bytes` further.
template <Major major>
__device__ __forceinline__ unsigned long long operand_tile(const void* shared, int block_bytes) {
    const unsigned long long leading = major == ALONG_K ? 1 : block_bytes / 16;
    const unsigned long long swizzle_128 = 1ull << 62;
    return swizzle_128 | static_cast<unsigned long long>(ATOM_BYTES / 16) << 32 | leading << 16 |
           (shared_address(shared) & 0x3ffffu) / 16;
}

// How far the descriptor moves for the next 16 of k.
template <Major major>
constexpr int NEXT_K = (major == ALONG_K ? 16 * 2 : 16 * LINE_BYTES) / 16;

}  // namespace witan
