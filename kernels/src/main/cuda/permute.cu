// Rows to and from other places, or from fp32 to bf16 on the way; from and to do not overlap.
#include <witan/segments.cuh>

namespace {

template <class V, class To>
__device__ __forceinline__ void copy_as(const float* from, To* to, witan::Segment at) {
    const int lane = threadIdx.x % witan::WARP;
    for (int c = at.begin + witan::WIDTH<V> * lane; c < at.end; c += witan::SEGMENT_STEP<V>) {
        V x[witan::SEGMENT_VECTORS];
        witan::load_step(x, from, c, at.end);
        witan::store_step(to, x, c, at.end);
    }
}

template <class To>
__device__ __forceinline__ void copy(const float* from, To* to, int cols, witan::Segment at) {
    if (cols % 4 == 0 && witan::aligned_16(from, to))
        copy_as<float4>(from, to, at);
    else
        copy_as<float>(from, to, at);
}

}  // namespace

// to[j] = from[row[j]].
KERNEL(gather_rows, 256)(const float* from, const int* row, float* to, int n, int cols) {
    const auto at = witan::segment_of_warp(cols);
    if (at.row >= static_cast<unsigned>(n)) return;
    copy(from + static_cast<long long>(row[at.row]) * cols, to + static_cast<long long>(at.row) * cols, cols, at);
}

// The same, rounded.
KERNEL(gather_rows_to_bf16, 256)(const float* from, const int* row, witan::bf16* to, int n, int cols) {
    const auto at = witan::segment_of_warp(cols);
    if (at.row >= static_cast<unsigned>(n)) return;
    copy(from + static_cast<long long>(row[at.row]) * cols, to + static_cast<long long>(at.row) * cols, cols, at);
}

// to[row[j]] = from[j].
KERNEL(scatter_rows, 256)(const float* from, const int* row, float* to, int n, int cols) {
    const auto at = witan::segment_of_warp(cols);
    if (at.row >= static_cast<unsigned>(n)) return;
    copy(from + static_cast<long long>(at.row) * cols, to + static_cast<long long>(row[at.row]) * cols, cols, at);
}
