// counts[e] += how often e is among the n entries of expert: integer additions, exact in any order. A block counts in shared
// memory what fits there, in device memory what does not.
#include <witan/block.cuh>

KERNEL(expert_histogram, 256)(const int* expert, long long n, int experts, int in_shared, int* counts) {
    DYNAMIC_SHARED(int, shared);
    int* mine = in_shared != 0 ? shared : counts;
    if (in_shared != 0)
        for (int e = threadIdx.x; e < experts; e += blockDim.x) shared[e] = 0;
    __syncthreads();
    const long long stride = static_cast<long long>(gridDim.x) * blockDim.x;
#pragma unroll 4
    for (long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += stride)
        atomicAdd(mine + expert[i], 1);
    __syncthreads();
    if (in_shared != 0)
        for (int e = threadIdx.x; e < experts; e += blockDim.x)
            if (shared[e] != 0) atomicAdd(counts + e, shared[e]);
}
