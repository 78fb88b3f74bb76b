// Matrices cut into runs of items that lie one after the other, a run a block, whatever the length of a row; and what kernels
// need of float and float4 alike.
#pragma once

#include <witan/hardware.cuh>

namespace witan {

// A block's items in [rows, columns]; only the first is found by a division of 64 bits.
struct Cells {
    long long first_row;
    int first_column;
    int columns;

    __device__ __forceinline__ Cells(int items_of_block, int columns) : columns(columns) {
        const long long first = static_cast<long long>(blockIdx.x) * items_of_block;
        first_row = first / columns;
        first_column = static_cast<int>(first - first_row * columns);
    }

    // Rows after the first of the block.
    __device__ __forceinline__ int row(int item) const {
        return static_cast<int>(static_cast<unsigned>(first_column + item) / static_cast<unsigned>(columns));
    }
    __device__ __forceinline__ int column(int item) const { return first_column + item - row(item) * columns; }
};

__device__ __forceinline__ float plus(float a, float b) { return a + b; }
__device__ __forceinline__ float4 plus(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }

}  // namespace witan
