// Stable counting sort of keys in 0 .. key_count - 1 in three launches: each block counts the keys of its tile; one block turns
// the counts into the place of each tile's first key of a kind; each block places the keys of its tile. A tile is cut into one
// run of consecutive keys a warp.
#include <witan/block.cuh>

namespace {

constexpr int SCAN_THREADS = 1024;
constexpr int SCAN_WARPS = SCAN_THREADS / witan::WARP;

// Sum of the values of the lanes up to this one.
__device__ __forceinline__ int prefix_of_warp(int value) {
    const int lane = threadIdx.x % witan::WARP;
#pragma unroll
    for (int distance = 1; distance < witan::WARP; distance *= 2) {
        const int before = __shfl_up_sync(witan::ALL_LANES, value, distance);
        if (lane >= distance) value += before;
    }
    return value;
}

struct Prefix {
    int before;  // sum of the values of the threads before this one
    int all;
};

__device__ __forceinline__ Prefix prefix_of_block(int value) {
    __shared__ int of_warp[SCAN_WARPS];
    const int lane = threadIdx.x % witan::WARP;
    const int warp = threadIdx.x / witan::WARP;
    const int through = prefix_of_warp(value);
    __syncthreads();  // the previous result may still be read
    if (lane == witan::WARP - 1) of_warp[warp] = through;
    __syncthreads();
    const int warps = prefix_of_warp(of_warp[lane]);
    const int before = __shfl_sync(witan::ALL_LANES, warps, warp > 0 ? warp - 1 : 0);
    return {(warp > 0 ? before : 0) + through - value, __shfl_sync(witan::ALL_LANES, warps, SCAN_WARPS - 1)};
}

constexpr int BATCH = 8;

// Replaces n numbers by the sums of those before; returns the sum of all.
__device__ __forceinline__ int replace_by_prefix(int* numbers, int n, int stride) {
    int total = 0;
    for (int first = 0; first < n; first += BATCH) {
        int value[BATCH];
        int* at = numbers + static_cast<long long>(first) * stride;
#pragma unroll
        for (int i = 0; i < BATCH; i++) value[i] = first + i < n ? at[static_cast<long long>(i) * stride] : 0;
#pragma unroll
        for (int i = 0; i < BATCH; i++) {
            if (first + i < n) at[static_cast<long long>(i) * stride] = total;
            total += value[i];
        }
    }
    return total;
}

}  // namespace

// counts[tile, key].
KERNEL(count_keys, 256)(const int* keys, int n, int tile_keys, int key_count, int* counts) {
    DYNAMIC_SHARED(int, count);
    for (int key = threadIdx.x; key < key_count; key += blockDim.x) count[key] = 0;
    __syncthreads();
    const unsigned begin = blockIdx.x * static_cast<unsigned>(tile_keys);
    const unsigned end = min(begin + tile_keys, static_cast<unsigned>(n));
#pragma unroll 4
    for (unsigned i = begin + threadIdx.x; i < end; i += blockDim.x) atomicAdd(count + keys[i], 1);
    __syncthreads();
    int* mine = counts + static_cast<long long>(blockIdx.x) * key_count;
    for (int key = threadIdx.x; key < key_count; key += blockDim.x) mine[key] = count[key];
}

// counts[tile, key] becomes the number of such keys in the tiles before; offsets[key] the number of smaller keys. One block.
KERNEL(place_tiles, 1024)(int* counts, int tiles, int key_count, int* offsets) {
    int smaller = 0;
    for (int first = 0; first < key_count; first += SCAN_THREADS) {
        const int key = first + threadIdx.x;
        const int total = key < key_count ? replace_by_prefix(counts + key, tiles, key_count) : 0;
        const Prefix prefix = prefix_of_block(total);
        if (key < key_count) offsets[key] = smaller + prefix.before;
        smaller += prefix.all;
    }
    if (threadIdx.x == 0) offsets[key_count] = smaller;
}

// run_keys consecutive keys a warp; next[warp, key] in shared memory is where the warp's next key of a kind goes.
KERNEL(order_keys, 256)(const int* keys, int n, int run_keys, int key_count, const int* before, const int* offsets,
                        int* order) {
    DYNAMIC_SHARED(int, next);
    const int lane = threadIdx.x % witan::WARP;
    const int warp = threadIdx.x / witan::WARP;
    const int warps = blockDim.x / witan::WARP;
    for (int i = threadIdx.x; i < warps * key_count; i += blockDim.x) next[i] = 0;
    __syncthreads();
    const unsigned begin = (blockIdx.x * warps + warp) * static_cast<unsigned>(run_keys);
    const unsigned end = min(begin + run_keys, static_cast<unsigned>(n));
    int* mine = next + warp * key_count;
#pragma unroll 4
    for (unsigned i = begin + lane; i < end; i += witan::WARP) atomicAdd(mine + keys[i], 1);
    __syncthreads();
    for (int key = threadIdx.x; key < key_count; key += blockDim.x) {
        int place = offsets[key] + before[static_cast<long long>(blockIdx.x) * key_count + key];
        for (int w = 0; w < warps; w++) {
            const int count = next[w * key_count + key];
            next[w * key_count + key] = place;
            place += count;
        }
    }
    __syncthreads();
    for (unsigned first = begin; first < end; first += witan::WARP) {
        const unsigned i = first + lane;
        const int key = i < end ? keys[i] : -1;
        const unsigned same = __match_any_sync(witan::ALL_LANES, key);
        const int rank = __popc(same & ((1u << lane) - 1));
        const int place = key < 0 ? 0 : mine[key] + rank;
        __syncwarp();
        if (key >= 0) {
            order[place] = static_cast<int>(i);
            if (rank == 0) mine[key] += __popc(same);
        }
        __syncwarp();
    }
}
