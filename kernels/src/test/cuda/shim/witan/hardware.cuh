// The host's stand-in for <witan/hardware.cuh> and for what nvcc gives without being asked: the same functions with the same
// meaning, for kernels compiled as host C++.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "../executor.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__
#define __grid_constant__
#define __align__(bytes) __attribute__((aligned(bytes)))
// Clusters run one after the other, so one copy is enough where a cluster is one block; build-cuda.sh refuses it elsewhere.
#define __shared__ static

#define threadIdx (shim::thread_index())
#define blockIdx (shim::block_index())
#define blockDim (shim::block_size())
#define gridDim (shim::grid_size())

#define KERNEL(name, threads)                      \
    constexpr unsigned name##_cluster_blocks = 1; \
    extern "C" void name
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(shim::dynamic_shared())

struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) int2 {
    int x, y;
};
struct alignas(16) int4 {
    int x, y, z, w;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

inline float __uint_as_float(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}
inline unsigned __float_as_uint(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}
inline int __float_as_int(float value) { return static_cast<int>(__float_as_uint(value)); }
inline float __int_as_float(int bits) { return __uint_as_float(static_cast<unsigned>(bits)); }

inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float x) { return 1 / x; }
using std::erf;
using std::exp;
using std::fabs;
using std::fma;
using std::isfinite;
using std::isnan;
using std::log;
using std::sqrt;
template <class T>
inline T min(T a, T b) {
    return b < a ? b : a;
}
template <class T>
inline T max(T a, T b) {
    return a < b ? b : a;
}
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __clz(int bits) { return bits == 0 ? 32 : __builtin_clz(static_cast<unsigned>(bits)); }
template <class T>
inline T __ldg(const T* pointer) {
    return *pointer;
}

inline void __syncthreads() { shim::barrier(0, 0); }
inline void __threadfence() {}
inline void __threadfence_block() {}

namespace shim {
inline void check_mask(unsigned mask) {
    if (mask != 0xffffffffu) fail("a warp operation of fewer than all lanes");
}
}  // namespace shim

inline void __syncwarp(unsigned mask = 0xffffffffu) {
    shim::check_mask(mask);
    shim::across_lanes("__syncwarp", 0);
}
template <class T>
inline T __shfl_sync(unsigned mask, T value, int source) {
    shim::check_mask(mask);
    return shim::across_lanes("__shfl_sync", value)[source % 32];
}
template <class T>
inline T __shfl_xor_sync(unsigned mask, T value, int distance) {
    shim::check_mask(mask);
    return shim::across_lanes("__shfl_xor_sync", value)[shim::lane() ^ distance];
}
template <class T>
inline T __shfl_up_sync(unsigned mask, T value, unsigned distance) {
    shim::check_mask(mask);
    const int source = shim::lane() - static_cast<int>(distance);
    return shim::across_lanes("__shfl_up_sync", value)[source < 0 ? shim::lane() : source];
}
template <class T>
inline T __shfl_down_sync(unsigned mask, T value, unsigned distance) {
    shim::check_mask(mask);
    const int source = shim::lane() + static_cast<int>(distance);
    return shim::across_lanes("__shfl_down_sync", value)[source > 31 ? shim::lane() : source];
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
    shim::check_mask(mask);
    const auto votes = shim::across_lanes("__ballot_sync", predicate);
    unsigned result = 0;
    for (int lane = 0; lane < 32; lane++) result |= votes[lane] != 0 ? 1u << lane : 0u;
    return result;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == 0xffffffffu; }

template <class T>
inline unsigned __match_any_sync(unsigned mask, T value) {
    shim::check_mask(mask);
    const auto values = shim::across_lanes("__match_any_sync", value);
    unsigned result = 0;
    for (int lane = 0; lane < 32; lane++) result |= values[lane] == value ? 1u << lane : 0u;
    return result;
}
inline unsigned __reduce_max_sync(unsigned mask, unsigned value) {
    shim::check_mask(mask);
    const auto values = shim::across_lanes("__reduce_max_sync", value);
    for (int lane = 0; lane < 32; lane++) value = max(value, values[lane]);
    return value;
}
inline unsigned __reduce_min_sync(unsigned mask, unsigned value) {
    shim::check_mask(mask);
    const auto values = shim::across_lanes("__reduce_min_sync", value);
    for (int lane = 0; lane < 32; lane++) value = min(value, values[lane]);
    return value;
}

template <class T>
inline T atomicAdd(T* address, T value) {
    const T before = *address;
    *address = before + value;
    return before;
}

namespace witan {

using bf16 = unsigned short;

inline bf16 to_bf16(float value) {
    const unsigned bits = __float_as_uint(value);
    if (std::isnan(value)) return 0x7fff;
    return static_cast<bf16>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

inline unsigned pack_bf16(float low, float high) {
    return to_bf16(low) | static_cast<unsigned>(to_bf16(high)) << 16;
}

inline int opaque(int value) { return value; }

inline float exp2_fast(float x) {
    const float result = std::exp2(x);
    return result < 0x1p-126f ? 0 : result;
}

// Asynchronous copies are made at once: of the two times at which the machine may make them, the earliest.
template <int bytes>
inline void copy_async(void* shared, const void* global, bool valid) {
    if (reinterpret_cast<uintptr_t>(shared) % bytes != 0 || reinterpret_cast<uintptr_t>(global) % bytes != 0)
        shim::fail("an asynchronous copy that is not aligned to " + std::to_string(bytes) + " bytes");
    if (valid)
        std::memcpy(shared, global, bytes);
    else
        std::memset(shared, 0, bytes);
}
inline void copy_async_16(void* shared, const void* global, bool valid) { copy_async<16>(shared, global, valid); }
inline void copy_async_8(void* shared, const void* global, bool valid) { copy_async<8>(shared, global, valid); }
inline void copy_async_commit() {}
template <int pending>
inline void copy_async_wait() {}

namespace matrices {
inline unsigned short element(const void* row, int column) {
    unsigned short value;
    std::memcpy(&value, static_cast<const unsigned char*>(row) + 2 * column, 2);
    return value;
}

inline float value(unsigned short bits) { return __uint_as_float(static_cast<unsigned>(bits) << 16); }
}  // namespace matrices

inline void load_matrices(unsigned (&fragment)[4], const void* row) {
    if (reinterpret_cast<uintptr_t>(row) % 16 != 0) shim::fail("ldmatrix of a row that is not aligned to 16 bytes");
    const auto rows = shim::across_lanes("ldmatrix", row);
    for (int matrix = 0; matrix < 4; matrix++) {
        const void* mine = rows[8 * matrix + shim::lane() / 4];
        const int column = 2 * (shim::lane() % 4);
        fragment[matrix] = matrices::element(mine, column) | static_cast<unsigned>(matrices::element(mine, column + 1)) << 16;
    }
}

inline void load_matrices_transposed(unsigned (&fragment)[4], const void* row) {
    if (reinterpret_cast<uintptr_t>(row) % 16 != 0) shim::fail("ldmatrix of a row that is not aligned to 16 bytes");
    const auto rows = shim::across_lanes("ldmatrix.trans", row);
    for (int matrix = 0; matrix < 4; matrix++) {
        const int first = 8 * matrix + 2 * (shim::lane() % 4);
        const int column = shim::lane() / 4;
        fragment[matrix] =
            matrices::element(rows[first], column) | static_cast<unsigned>(matrices::element(rows[first + 1], column)) << 16;
    }
}

namespace matrices {
struct Operands {
    unsigned a[4];
    unsigned b[2];
};

// Element (row, k) of A and (k, column) of B in the fragments of a warp, as the PTX manual lays out mma.m16n8k16.
inline float left(const shim::Lanes<Operands>& lanes, int row, int k) {
    const unsigned word = lanes[row % 8 * 4 + k % 8 / 2].a[row / 8 + 2 * (k / 8)];
    return value(static_cast<unsigned short>(k % 2 == 0 ? word : word >> 16));
}
inline float right(const shim::Lanes<Operands>& lanes, int k, int column) {
    const unsigned word = lanes[column * 4 + k % 8 / 2].b[k / 8];
    return value(static_cast<unsigned short>(k % 2 == 0 ? word : word >> 16));
}
}  // namespace matrices

inline void multiply_16x8x16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    const auto lanes = shim::across_lanes("mma", matrices::Operands{{a[0], a[1], a[2], a[3]}, {b0, b1}});
    const int row = shim::lane() / 4;
    const int column = 2 * (shim::lane() % 4);
    float rows[2][16];
    float columns[2][16];
    for (int k = 0; k < 16; k++)
        for (int i = 0; i < 2; i++) {
            rows[i][k] = matrices::left(lanes, row + 8 * i, k);
            columns[i][k] = matrices::right(lanes, k, column + i);
        }
    for (int i = 0; i < 4; i++) {
        double sum = 0;
        for (int k = 0; k < 16; k++) sum += static_cast<double>(rows[i / 2][k]) * columns[i % 2][k];
        d[i] = static_cast<float>(d[i] + sum);
    }
}

}  // namespace witan
