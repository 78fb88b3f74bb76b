// One float and a vector of four under one name V, for memory that may not allow the wide accesses.
#pragma once

#include <witan/hardware.cuh>

namespace witan {

template <class V>
constexpr int WIDTH = sizeof(V) / sizeof(float);

// Whether all addresses allow accesses of 16 bytes.
template <class... Types>
__device__ __forceinline__ bool aligned_16(const Types*... pointer) {
    return (reinterpret_cast<unsigned long long>(pointer) | ...) % 16 == 0;
}

template <class V>
__device__ __forceinline__ V load(const float* from) {
    return *reinterpret_cast<const V*>(from);
}

template <class V>
__device__ __forceinline__ void store(float* to, V value) {
    *reinterpret_cast<V*>(to) = value;
}

__device__ __forceinline__ float plus(float a, float b) { return a + b; }
__device__ __forceinline__ float4 plus(float4 a, float4 b) {
    return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}

__device__ __forceinline__ float scaled(float a, float factor) { return a * factor; }
__device__ __forceinline__ float4 scaled(float4 a, float factor) {
    return make_float4(a.x * factor, a.y * factor, a.z * factor, a.w * factor);
}

// a * factor + sum, rounded once.
__device__ __forceinline__ float plus_scaled(float sum, float a, float factor) { return fmaf(a, factor, sum); }
__device__ __forceinline__ float4 plus_scaled(float4 sum, float4 a, float factor) {
    return make_float4(fmaf(a.x, factor, sum.x), fmaf(a.y, factor, sum.y), fmaf(a.z, factor, sum.z),
                       fmaf(a.w, factor, sum.w));
}

// sum + a . b.
__device__ __forceinline__ float plus_dot(float sum, float a, float b) { return fmaf(a, b, sum); }
__device__ __forceinline__ float plus_dot(float sum, float4 a, float4 b) {
    return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
}

}  // namespace witan
