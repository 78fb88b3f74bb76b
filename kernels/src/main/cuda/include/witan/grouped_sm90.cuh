// Grouped products on compute capability 9.0: C_g [M, N] = A_g [M, K] * B_g [K, N] for all groups g in one launch.
//
// One block a multiprocessor walks over tiles of 128 x 256. One warpgroup lets the copy engine bring the operands, 64 of k at a
// time, into a ring of stages; two warpgroups multiply, each 64 rows of the tile. Two barriers a stage say full and empty.
// Each group has tensor maps of its own, so that what lies beyond its rows comes as zeros.
#pragma once

#include <witan/block.cuh>
#include <witan/operand_tile.cuh>

namespace witan::sm90 {

constexpr int TILE_M = 128;
constexpr int TILE_N = 256;
constexpr int TILE_K = 64;
constexpr int STAGES = 4;
constexpr int WARPGROUP = 128;
constexpr int MULTIPLIERS = 2;
constexpr int THREADS = WARPGROUP * (1 + MULTIPLIERS);
constexpr int SUMS = TILE_N / 2;  // of one thread
constexpr int A_BYTES = TILE_M * TILE_K * 2;
constexpr int B_BYTES = TILE_N * TILE_K * 2;
constexpr int STAGE_BYTES = A_BYTES + B_BYTES;
constexpr int BLOCK_BYTES = 64 * LINE_BYTES;  // 64 x 64 of an operand that lies across k
// 65536 registers of a multiprocessor, less what the three warpgroups would get alike.
constexpr int COPIER_REGISTERS = 40;
constexpr int MULTIPLIER_REGISTERS = 232;

// A dimension that is the number of the group's rows.
constexpr int ROWS = -1;

struct Problem {
    const TensorMap* maps;  // three a group: A, B, and B of the second half of the columns
    const int* offsets;     // [groups + 1] first row of each group
    const int* first_tile;  // [groups + 1]
    int groups;
    int m;        // of a group, or ROWS
    int k;        // likewise
    int columns;  // of C that a tile covers
};

struct Tile {
    int group;
    int m;         // first row of C
    int n;         // first column of C
    int m_end;     // rows of C
    int k_first;
    int k_blocks;  // of TILE_K, one at least
};

// Tiles of a group go down its rows first, so that blocks side by side share B's columns.
__device__ __forceinline__ Tile locate(const Problem& problem, int index) {
    int group = 0;
    for (int above = problem.groups; above - group > 1;) {
        const int middle = (group + above) / 2;
        if (problem.first_tile[middle] <= index)
            group = middle;
        else
            above = middle;
    }
    const int rows = problem.offsets[group + 1] - problem.offsets[group];
    const int m = problem.m == ROWS ? rows : problem.m;
    const int k = problem.k == ROWS ? rows : problem.k;
    const int m_tiles = (m + TILE_M - 1) / TILE_M;
    const int within = index - problem.first_tile[group];
    // A group without rows multiplies one block that lies outside of its maps: zeros.
    const int k_first = k == 0 ? TILE_K : 0;
    return {group, within % m_tiles * TILE_M, within / m_tiles * problem.columns, m, k_first, max((k + TILE_K - 1) / TILE_K, 1)};
}

struct Shared {
    unsigned char* stages;

    __device__ unsigned char* a(int stage) const { return stages + stage * STAGE_BYTES; }
    __device__ unsigned char* b(int stage) const { return a(stage) + A_BYTES; }
    __device__ Barrier* full(int stage) const { return reinterpret_cast<Barrier*>(a(STAGES)) + stage; }
    __device__ Barrier* empty(int stage) const { return full(STAGES) + stage; }
};

// A place in the ring of stages.
struct Place {
    int stage = 0;
    int parity = 0;

    __device__ void advance() {
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }
};

template <Major a_major, Major b_major>
__device__ __forceinline__ void copy_stage(const Shared& shared, const TensorMap* maps, const Tile& tile, int second_n, int k,
                                           int stage) {
    Barrier* full = shared.full(stage);
    barrier_expect(full, STAGE_BYTES);
    if constexpr (a_major == ALONG_K) {
        copy_box(shared.a(stage), maps, k, tile.m, full);
    } else {
        for (int block = 0; block < TILE_M / 64; block++)
            copy_box(shared.a(stage) + block * BLOCK_BYTES, maps, tile.m + 64 * block, k, full);
    }
    for (int half = 0; half < 2; half++) {
        const TensorMap* map = maps + 1 + half;
        const int n = half == 0 ? tile.n : second_n;
        unsigned char* to = shared.b(stage) + half * (B_BYTES / 2);
        if constexpr (b_major == ALONG_K) {
            copy_box(to, map, k, n, full);
        } else {
            for (int block = 0; block < TILE_N / 2 / 64; block++)
                copy_box(to + block * BLOCK_BYTES, map, n + 64 * block, k, full);
        }
    }
}

// One thread.
template <Major a_major, Major b_major>
__device__ __forceinline__ void copy_operands(const Problem& problem, const Shared& shared) {
    const int tiles = problem.first_tile[problem.groups];
    Place place;
    int acquired = -1;
    for (int index = blockIdx.x; index < tiles; index += gridDim.x) {
        const Tile tile = locate(problem, index);
        const TensorMap* maps = problem.maps + 3 * tile.group;
        if (tile.group != acquired) {
            for (int map = 0; map < 3; map++) tensor_map_acquire(maps + map);
            acquired = tile.group;
        }
        // With columns of half a tile both halves begin at the same column, each of its own operand.
        const int second_n = problem.columns == TILE_N ? tile.n + TILE_N / 2 : tile.n;
        for (int block = 0; block < tile.k_blocks; block++, place.advance()) {
            barrier_wait(shared.empty(place.stage), place.parity ^ 1);
            copy_stage<a_major, b_major>(shared, maps, tile, second_n, tile.k_first + block * TILE_K, place.stage);
        }
    }
}

// The sums of one tile's 64 rows of warpgroup `part`.
template <Major a_major, Major b_major>
__device__ __forceinline__ void multiply_tile(float (&sums)[SUMS], const Tile& tile, const Shared& shared, int part, Place& place) {
    const bool speaker = threadIdx.x % WARP == 0;
    int previous = 0;
    for (int block = 0; block < tile.k_blocks; block++, place.advance()) {
        barrier_wait(shared.full(place.stage), place.parity);
        const unsigned char* rows = shared.a(place.stage) + part * (A_BYTES / MULTIPLIERS);
        const unsigned long long a = operand_tile<a_major>(rows, BLOCK_BYTES);
        const unsigned long long b = operand_tile<b_major>(shared.b(place.stage), BLOCK_BYTES);
        products_fence(sums);
        products_begin();
#pragma unroll
        for (int step = 0; step < TILE_K / 16; step++)
            multiply_64x256x16<a_major, b_major>(sums, a + step * NEXT_K<a_major>, b + step * NEXT_K<b_major>, block | step);
        products_commit();
        products_fence(sums);
        products_wait<1>();  // the block before: its stage may be filled again
        if (block > 0 && speaker) barrier_arrive(shared.empty(previous));
        previous = place.stage;
    }
    products_wait<0>();
    products_fence(sums);
    if (speaker) barrier_arrive(shared.empty(previous));
}

// The whole kernel. store(sums, tile, row): row is the thread's first row of C, its second is 8 below; see multiply_64x256x16.
template <Major a_major, Major b_major, class Store>
__device__ __forceinline__ void multiply_groups(const Problem& problem, const Store& store) {
    DYNAMIC_SHARED(unsigned char, stages);
    const Shared shared{stages};
    if (threadIdx.x == 0) {
        for (int stage = 0; stage < STAGES; stage++) {
            barrier_init(shared.full(stage), 1);
            barrier_init(shared.empty(stage), MULTIPLIERS * WARPGROUP / WARP);
        }
        barrier_init_done();
    }
    __syncthreads();
    if (threadIdx.x < WARPGROUP) {
        lower_registers<COPIER_REGISTERS>();
        if (threadIdx.x == 0) copy_operands<a_major, b_major>(problem, shared);
    } else {
        raise_registers<MULTIPLIER_REGISTERS>();
        const int part = static_cast<int>(threadIdx.x) / WARPGROUP - 1;
        const int row = part * (TILE_M / MULTIPLIERS) + threadIdx.x % WARPGROUP / WARP * 16 + threadIdx.x % WARP / 4;
        const int tiles = problem.first_tile[problem.groups];
        Place place;
        float sums[SUMS];
        for (int index = blockIdx.x; index < tiles; index += gridDim.x) {
            const Tile tile = locate(problem, index);
            multiply_tile<a_major, b_major>(sums, tile, shared, part, place);
            store(sums, tile, tile.m + row);
        }
    }
}

}  // namespace witan::sm90
