// Loads and stores as in wide.cuh, of what is bf16 in memory and fp32 in registers; stores round to nearest, ties to even.
#pragma once

#include <witan/block.cuh>
#include <witan/wide.cuh>

namespace witan {

template <class V>
__device__ __forceinline__ V load(const bf16* from);

template <>
__device__ __forceinline__ float load<float>(const bf16* from) {
    return from_bf16(*from);
}

template <>
__device__ __forceinline__ float4 load<float4>(const bf16* from) {
    const uint2 x = *reinterpret_cast<const uint2*>(from);
    return make_float4(low_bf16(x.x), high_bf16(x.x), low_bf16(x.y), high_bf16(x.y));
}

__device__ __forceinline__ void store(bf16* to, float value) { *to = to_bf16(value); }
__device__ __forceinline__ void store(bf16* to, float4 value) {
    *reinterpret_cast<uint2*>(to) = make_uint2(pack_bf16(value.x, value.y), pack_bf16(value.z, value.w));
}

}  // namespace witan
