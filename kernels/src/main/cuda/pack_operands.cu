// fp32 operands of a product as bf16, rounded to nearest even. Counts are multiples of 8, addresses of 16.
#include <witan/hardware.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int LOADS = 4;  // under way at once, of 16 bytes

// A block's share: 4096 elements.
__device__ __forceinline__ void pack(const float* from, unsigned short* to, long long count) {
    const auto* quads = reinterpret_cast<const float4*>(from);
    auto* packed = reinterpret_cast<uint2*>(to);
    const long long first = static_cast<long long>(blockIdx.x) * THREADS * LOADS + threadIdx.x;
    float4 values[LOADS];
#pragma unroll
    for (int i = 0; i < LOADS; i++)
        if (first + i * THREADS < count / 4) values[i] = quads[first + i * THREADS];
#pragma unroll
    for (int i = 0; i < LOADS; i++)
        if (first + i * THREADS < count / 4)
            packed[first + i * THREADS] =
                make_uint2(witan::pack_bf16(values[i].x, values[i].y), witan::pack_bf16(values[i].z, values[i].w));
}

}  // namespace

KERNEL(pack_rows, 256)(const float* from, unsigned short* to, long long count) { pack(from, to, count); }

// Of each group its weight of `count` elements, unless it has none; a group a row of blocks.
KERNEL(pack_weights, 256)(const float* const* from, unsigned short* const* to, long long count) {
    if (from[blockIdx.y] != nullptr) pack(from[blockIdx.y], to[blockIdx.y], count);
}
