// Rows of fp32 or bf16 cut into segments of SEGMENT columns, one a warp, so that few wide rows and many narrow ones fill a device alike.
#pragma once

#include <witan/wide_bf16.cuh>

namespace witan {

constexpr int SEGMENT = 512;
constexpr int SEGMENT_THREADS = 256;
// Vectors that a lane has under way at a time: of four floats, a whole segment.
constexpr int SEGMENT_VECTORS = 4;

struct Segment {
    unsigned row;  // may lie behind the last one
    int begin;
    int end;
};

// Warps fit into 32 bits: there are 2^31 rows at most, and more segments than rows only when rows are wide.
__device__ __forceinline__ Segment segment_of_warp(int cols) {
    const unsigned segments = (static_cast<unsigned>(cols) + SEGMENT - 1) / SEGMENT;
    const unsigned warp = blockIdx.x * (SEGMENT_THREADS / WARP) + threadIdx.x / WARP;
    const int begin = static_cast<int>(warp % segments) * SEGMENT;
    return {warp / segments, begin, min(cols, begin + SEGMENT)};
}

// Columns between a lane's vectors of a step, and from step to step.
template <class V>
constexpr int SEGMENT_STRIDE = WARP * WIDTH<V>;

template <class V>
constexpr int SEGMENT_STEP = SEGMENT_STRIDE<V> * SEGMENT_VECTORS;

// The lane's vectors of a step from column `first` on; those behind the end are left alone.
template <class V, class T>
__device__ __forceinline__ void load_step(V (&x)[SEGMENT_VECTORS], const T* row, int first, int end) {
#pragma unroll
    for (int v = 0; v < SEGMENT_VECTORS; v++)
        if (first + v * SEGMENT_STRIDE<V> < end) x[v] = load<V>(row + first + v * SEGMENT_STRIDE<V>);
}

template <class V, class T>
__device__ __forceinline__ void store_step(T* row, const V (&x)[SEGMENT_VECTORS], int first, int end) {
#pragma unroll
    for (int v = 0; v < SEGMENT_VECTORS; v++)
        if (first + v * SEGMENT_STRIDE<V> < end) store(row + first + v * SEGMENT_STRIDE<V>, x[v]);
}

}  // namespace witan
