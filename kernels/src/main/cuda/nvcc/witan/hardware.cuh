// What only the machine can do, one function an instruction. Kernels include this file by <witan/hardware.cuh>; the tests
// put a file of the same name before it, which does the same on the host.
#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime.h>

// A kernel, found by its name, with the largest block it may be launched with.
#define KERNEL(name, threads) extern "C" __global__ void __launch_bounds__(threads) name

// The block's dynamic shared memory as `type* name`.
#define DYNAMIC_SHARED(type, name)                                                                                     \
    extern __shared__ __align__(1024) unsigned char witan_dynamic_shared[];                                            \
    type* name = reinterpret_cast<type*>(witan_dynamic_shared)

namespace witan {

// The sixteen bits of a bfloat16.
using bf16 = unsigned short;

__device__ __forceinline__ bf16 to_bf16(float value) { return __bfloat16_as_ushort(__float2bfloat16_rn(value)); }

// Two values rounded to nearest even, the first in the low half.
__device__ __forceinline__ unsigned pack_bf16(float low, float high) {
    unsigned packed;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
    return packed;
}

// The same value, of which the compiler knows nothing: what is derived from it in a loop is derived there each time, instead
// of being kept in registers from before the loop.
__device__ __forceinline__ int opaque(int value) {
    asm volatile("" : "+r"(value));
    return value;
}

// 2^x by one instruction, off by 2^-22 of itself at most; results below the smallest normal number are 0.
__device__ __forceinline__ float exp2_fast(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

__device__ __forceinline__ unsigned shared_address(const void* pointer) {
    return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

// Copies 16 bytes of global memory to shared memory, both aligned to 16; zeros when not valid, and nothing is read.
__device__ __forceinline__ void copy_async_16(void* shared, const void* global, bool valid) {
    const int bytes = valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(bytes)
                 : "memory");
}

// As copy_async_16, of 8 bytes.
__device__ __forceinline__ void copy_async_8(void* shared, const void* global, bool valid) {
    const int bytes = valid ? 8 : 0;
    asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"(shared_address(shared)), "l"(global), "r"(bytes)
                 : "memory");
}

__device__ __forceinline__ void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most `pending` of this thread's committed groups are under way.
template <int pending>
__device__ __forceinline__ void copy_async_wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

// Four 8 x 8 matrices of 16-bit elements; lane l gives the address of row l % 8 of matrix l / 8 and gets, of each matrix,
// elements 2 (l % 4) and 2 (l % 4) + 1 of row l / 4.
__device__ __forceinline__ void load_matrices(unsigned (&fragment)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// As load_matrices, each matrix transposed on the way.
__device__ __forceinline__ void load_matrices_transposed(unsigned (&fragment)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
                 : "r"(shared_address(row))
                 : "memory");
}

// d [16, 8] += a [16, 16] * b [16, 8], bf16 operands, fp32 sums; fragments as the PTX manual lays them out (mma.m16n8k16).
__device__ __forceinline__ void multiply_16x8x16(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

}  // namespace witan
