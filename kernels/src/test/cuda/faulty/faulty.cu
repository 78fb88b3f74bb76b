// Kernels with one fault each, to show that running on the host finds it.
#include <witan/block.cuh>

// Reads its neighbour's value without waiting for it.
KERNEL(faulty_no_barrier, 64)(int* out) {
    __shared__ int values[64];
    values[threadIdx.x] = threadIdx.x;
    out[threadIdx.x] = values[63 - threadIdx.x];
}

// The same with the barrier.
KERNEL(faultless_barrier, 64)(int* out) {
    __shared__ int values[64];
    values[threadIdx.x] = threadIdx.x;
    __syncthreads();
    out[threadIdx.x] = values[63 - threadIdx.x];
}

// Half of the block waits for the other half, which waits elsewhere.
KERNEL(faulty_divergent_barrier, 64)(int* out) {
    if (threadIdx.x < 32) {
        __syncthreads();
    } else {
        __syncwarp();
        if (threadIdx.x == 32) out[0] = 1;
    }
}

KERNEL(faulty_writes_behind, 32)(int* out, int count) { out[count + threadIdx.x] = 1; }

// Reads dynamic shared memory that nobody wrote.
KERNEL(faulty_unwritten_shared, 32)(float* out) {
    DYNAMIC_SHARED(float, values);
    if (threadIdx.x != 7) values[threadIdx.x] = 1;
    __syncthreads();
    out[threadIdx.x] = values[threadIdx.x];
}

extern "C" void shim_never_ends();

// Would wait for ever. It returns here, and its stream is never done from then on.
KERNEL(faulty_never_ends, 32)() { shim_never_ends(); }

// Lanes of a warp meet in different operations.
KERNEL(faulty_divergent_warp, 32)(int* out) {
    if (threadIdx.x % 2 == 0)
        out[threadIdx.x] = __shfl_xor_sync(witan::ALL_LANES, 1, 2);
    else
        __syncwarp();
}
