// What the experts' feed-forward network does between its products on the way back: the gradient of h times the derivatives of the
// activation, all bf16, rounded once. Widths are multiples of 8, addresses of 16.
#include <witan/segments.cuh>

namespace {

using witan::bf16;
using witan::WARP;

constexpr int THREADS = 256;
constexpr int VECTORS = 2;  // of 8 elements, of each array, that a thread has under way at once
constexpr int SPAN = 8 * VECTORS * THREADS;

static_assert(8 * VECTORS * WARP == witan::SEGMENT, "a warp has a segment under way at once");

__device__ __forceinline__ unsigned product(unsigned a, unsigned b) {
    return witan::pack_bf16(witan::low_bf16(a) * witan::low_bf16(b), witan::high_bf16(a) * witan::high_bf16(b));
}

__device__ __forceinline__ uint4 product(uint4 a, uint4 b) {
    return make_uint4(product(a.x, b.x), product(a.y, b.y), product(a.z, b.z), product(a.w, b.w));
}

__device__ __forceinline__ uint4 vector(const bf16* from) { return *reinterpret_cast<const uint4*>(from); }
__device__ __forceinline__ void put(bf16* to, uint4 value) { *reinterpret_cast<uint4*>(to) = value; }

}  // namespace

// d *= slope. A block has SPAN elements.
KERNEL(feed_forward_gelu_backward, 256)(bf16* d, const bf16* slope, long long count) {
    const long long first = static_cast<long long>(blockIdx.x) * SPAN + 8 * threadIdx.x;
    uint4 ds[VECTORS];
    uint4 slopes[VECTORS];
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const long long at = first + v * 8 * THREADS;
        if (at < count) ds[v] = vector(d + at), slopes[v] = vector(slope + at);
    }
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const long long at = first + v * 8 * THREADS;
        if (at < count) put(d + at, product(ds[v], slopes[v]));
    }
}

// d, gate_slope, up_slope [rows, hidden]; inner [rows, 2 hidden]: d * gate_slope, then d * up_slope. A warp has a segment of a row of d.
KERNEL(feed_forward_swiglu_backward, 256)(const bf16* __restrict__ d, const bf16* __restrict__ gate_slope,
                                          const bf16* __restrict__ up_slope, bf16* __restrict__ inner, int rows, int hidden) {
    const auto at = witan::segment_of_warp(hidden);
    if (at.row >= static_cast<unsigned>(rows)) return;
    const long long from = static_cast<long long>(at.row) * hidden;
    const int first = at.begin + 8 * (threadIdx.x % WARP);
    uint4 ds[VECTORS];
    uint4 gates[VECTORS];
    uint4 ups[VECTORS];
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const int column = first + v * 8 * WARP;
        if (column >= at.end) continue;
        ds[v] = vector(d + from + column);
        gates[v] = vector(gate_slope + from + column);
        ups[v] = vector(up_slope + from + column);
    }
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const int column = first + v * 8 * WARP;
        if (column >= at.end) continue;
        put(inner + 2 * from + column, product(ds[v], gates[v]));
        put(inner + 2 * from + hidden + column, product(ds[v], ups[v]));
    }
}
