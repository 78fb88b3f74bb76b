// fp32 to bf16, rounded to nearest, ties to even, and back. A block has SPAN elements.
#include <witan/block.cuh>
#include <witan/wide.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int VECTORS = 4;
constexpr int STRIDE = 4 * THREADS;
constexpr int SPAN = STRIDE * VECTORS;

// A block's share of one array.
__device__ __forceinline__ void cast_share(const float* from, unsigned short* to, long long count) {
    const long long begin = static_cast<long long>(blockIdx.x) * SPAN;
    if (begin + SPAN <= count && witan::aligned_16(from, to)) {
        const long long first = begin + 4 * threadIdx.x;
        float4 x[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++) x[v] = witan::load<float4>(from + first + v * STRIDE);
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            *reinterpret_cast<uint2*>(to + first + v * STRIDE) =
                make_uint2(witan::pack_bf16(x[v].x, x[v].y), witan::pack_bf16(x[v].z, x[v].w));
        return;
    }
    const long long end = min(count, begin + SPAN);
    for (long long i = begin + threadIdx.x; i < end; i += THREADS) to[i] = witan::to_bf16(from[i]);
}

struct Arrays {
    const float* from;
    unsigned short* to;
};

}  // namespace

KERNEL(cast_to_bf16, 256)(const float* from, unsigned short* to, long long count) { cast_share(from, to, count); }

// Arrays of `count` elements, one a row of blocks.
KERNEL(cast_listed_to_bf16, 256)(const Arrays* list, long long count) {
    cast_share(list[blockIdx.y].from, list[blockIdx.y].to, count);
}

KERNEL(cast_to_fp32, 256)(const unsigned short* from, float* to, long long count) {
    const long long begin = static_cast<long long>(blockIdx.x) * SPAN;
    if (begin + SPAN <= count && witan::aligned_16(from, to)) {
        const long long first = begin + 4 * threadIdx.x;
        uint2 x[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++) x[v] = *reinterpret_cast<const uint2*>(from + first + v * STRIDE);
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            witan::store(to + first + v * STRIDE, make_float4(witan::low_bf16(x[v].x), witan::high_bf16(x[v].x),
                                                              witan::low_bf16(x[v].y), witan::high_bf16(x[v].y)));
        return;
    }
    const long long end = min(count, begin + SPAN);
    for (long long i = begin + threadIdx.x; i < end; i += THREADS) to[i] = witan::from_bf16(from[i]);
}
