// Rows of a product's fragment as 16-byte stores: four lanes side by side hold two columns each of four chunks of eight.
#pragma once

#include <witan/block.cuh>

namespace witan {

// x[c] of lane q becomes what x[q] was of lane c, within each four lanes.
__device__ __forceinline__ void quad_transpose(unsigned (&x)[4]) {
    const bool odd = threadIdx.x % 2 != 0;
    const unsigned first = __shfl_xor_sync(ALL_LANES, odd ? x[0] : x[1], 1);
    const unsigned second = __shfl_xor_sync(ALL_LANES, odd ? x[2] : x[3], 1);
    x[0] = odd ? first : x[0];
    x[1] = odd ? x[1] : first;
    x[2] = odd ? second : x[2];
    x[3] = odd ? x[3] : second;
    const bool high = threadIdx.x % 4 >= 2;
    const unsigned third = __shfl_xor_sync(ALL_LANES, high ? x[0] : x[2], 2);
    const unsigned fourth = __shfl_xor_sync(ALL_LANES, high ? x[1] : x[3], 2);
    x[0] = high ? third : x[0];
    x[1] = high ? fourth : x[1];
    x[2] = high ? x[2] : third;
    x[3] = high ? x[3] : fourth;
}

// Stores 32 columns of a row of bf16 from `column`: packed[c] holds columns 8 c + 2 (lane % 4) and the next. All lanes must call it;
// those whose row is outside store nothing. n, the row's length, is a multiple of 8.
__device__ __forceinline__ void store_columns(unsigned (&packed)[4], bf16* row, int column, int n, bool inside) {
    quad_transpose(packed);
    const int mine = column + 8 * (threadIdx.x % 4);
    if (inside && mine < n) *reinterpret_cast<uint4*>(row + mine) = make_uint4(packed[0], packed[1], packed[2], packed[3]);
}

}  // namespace witan
