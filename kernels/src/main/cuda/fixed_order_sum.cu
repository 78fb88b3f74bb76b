// to[i] = ((from[0][i] + from[1][i]) + from[2][i]) + ..., in fp32. to may be one of the terms: a thread reads all terms of its
// elements before it writes them. A block has SPAN elements, each thread two times four of them.
#include <witan/block.cuh>
#include <witan/wide.cuh>

namespace {

constexpr int THREADS = 256;
constexpr int STRIDE = 4 * THREADS;
constexpr int SPAN = 2 * STRIDE;
constexpr int BATCH = 4;  // terms under way at a time

struct Fp32 {
    using Element = float;
    using Four = float4;
    static __device__ __forceinline__ float4 values(float4 x) { return x; }
    static __device__ __forceinline__ float value(float x) { return x; }
};

struct Bf16 {
    using Element = unsigned short;
    using Four = uint2;
    static __device__ __forceinline__ float4 values(uint2 x) {
        return make_float4(witan::low_bf16(x.x), witan::high_bf16(x.x), witan::low_bf16(x.y), witan::high_bf16(x.y));
    }
    static __device__ __forceinline__ float value(unsigned short x) { return witan::from_bf16(x); }
};

template <class Type>
__device__ __forceinline__ bool all_aligned(const typename Type::Element* const* from, int terms, const float* to) {
    bool aligned = witan::aligned_16(to);
    for (int term = threadIdx.x % witan::WARP; term < terms; term += witan::WARP)
        aligned = aligned && witan::aligned_16(from[term]);
    return __all_sync(witan::ALL_LANES, aligned);
}

template <class Type>
struct Loaded {
    typename Type::Four low;
    typename Type::Four high;

    static __device__ __forceinline__ Loaded at(const typename Type::Element* from) {
        return {*reinterpret_cast<const typename Type::Four*>(from),
                *reinterpret_cast<const typename Type::Four*>(from + STRIDE)};
    }
};

template <class Type>
__device__ __forceinline__ void sum_wide(const typename Type::Element* const* from, int terms, float* to) {
    const long long at = static_cast<long long>(blockIdx.x) * SPAN + 4 * threadIdx.x;
    const auto first = Loaded<Type>::at(from[0] + at);
    float4 low = Type::values(first.low);
    float4 high = Type::values(first.high);
    int term = 1;
    for (; term + BATCH <= terms; term += BATCH) {
        Loaded<Type> x[BATCH];
#pragma unroll
        for (int b = 0; b < BATCH; b++) x[b] = Loaded<Type>::at(from[term + b] + at);
#pragma unroll
        for (int b = 0; b < BATCH; b++) {
            low = witan::plus(low, Type::values(x[b].low));
            high = witan::plus(high, Type::values(x[b].high));
        }
    }
#pragma unroll BATCH - 1
    for (; term < terms; term++) {
        const auto x = Loaded<Type>::at(from[term] + at);
        low = witan::plus(low, Type::values(x.low));
        high = witan::plus(high, Type::values(x.high));
    }
    witan::store(to + at, low);
    witan::store(to + at + STRIDE, high);
}

template <class Type>
__device__ __forceinline__ void sum(const typename Type::Element* const* from, int terms, float* to, long long count) {
    const long long begin = static_cast<long long>(blockIdx.x) * SPAN;
    if (all_aligned<Type>(from, terms, to) && begin + SPAN <= count) {
        sum_wide<Type>(from, terms, to);
        return;
    }
    const long long end = min(count, begin + SPAN);
    for (long long i = begin + threadIdx.x; i < end; i += THREADS) {
        float total = Type::value(from[0][i]);
#pragma unroll 4
        for (int term = 1; term < terms; term++) total += Type::value(from[term][i]);
        to[i] = total;
    }
}

}  // namespace

KERNEL(fixed_order_sum, 256)(const float* const* from, int terms, float* to, long long count) {
    sum<Fp32>(from, terms, to, count);
}

KERNEL(fixed_order_sum_bf16, 256)(const unsigned short* const* from, int terms, float* to, long long count) {
    sum<Bf16>(from, terms, to, count);
}
