// Grouped products on compute capability 9.0: C_g [M, N] = A_g [M, K] * B_g [K, N] for all groups g in one launch.
//
// One block a multiprocessor; two blocks are a cluster, which walks over pairs of tiles: two below each other, that share B, or two
// side by side, that share A. Of what is shared each block brings half, to both. In a block one warpgroup lets the copy engine bring
// the operands, 64 of k at a time, into a ring of stages; two warpgroups multiply. Two barriers a stage say full and empty.
// Each group has tensor maps of its own, so that what lies beyond its rows comes as zeros.
#pragma once

#include <witan/block.cuh>
#include <witan/operand_tile.cuh>

namespace witan::sm90 {

constexpr int CLUSTER = 2;
constexpr int TILE_N = 256;
constexpr int TILE_K = 64;
constexpr int WARPGROUP = 128;
constexpr int WARPS = WARPGROUP / WARP;  // of a warpgroup
constexpr int MULTIPLIERS = 2;
constexpr int ROWS_EACH = 64;  // of a tile that a warpgroup multiplies
constexpr int SUMS = TILE_N / 2;  // of one thread
constexpr int B_BYTES = TILE_N * TILE_K * 2;
constexpr int BLOCK_BYTES = 64 * LINE_BYTES;  // 64 x 64 of an operand that lies across k
constexpr int BAND_ROWS = 2048;  // that a group's tiles go down before they go on to the right
// 65536 registers of a multiprocessor, less what the three warpgroups would get alike.
constexpr int COPIER_REGISTERS = 40;
constexpr int MULTIPLIER_REGISTERS = 232;

// How the two warpgroups of multipliers divide work.
enum Schedule {
    TOGETHER,  // each tile, the upper and the lower half: operands are read least
    IN_TURN  // every other tile: one multiplies while the other stores
};

template <Schedule schedule>
constexpr int TILE_M = schedule == TOGETHER ? MULTIPLIERS * ROWS_EACH : ROWS_EACH;
template <Schedule schedule>
constexpr int STAGES = schedule == TOGETHER ? 4 : 5;
template <Schedule schedule>
constexpr int A_BYTES = TILE_M<schedule> * TILE_K * 2;
template <Schedule schedule>
constexpr int STAGE_BYTES = A_BYTES<schedule> + B_BYTES;
// Warps, of both blocks, that read a stage.
template <Schedule schedule>
constexpr int READERS = CLUSTER * WARPS * (schedule == TOGETHER ? MULTIPLIERS : 1);

// A dimension that is the number of the group's rows.
constexpr int ROWS = -1;

struct Problem {
    const TensorMap* maps;  // three a group: A, B, and B of the second half of the columns
    const int* offsets;     // [groups + 1] first row of each group
    const int* first_pair;  // [groups + 1] of tiles
    int groups;
    int m;        // of a group, or ROWS
    int n;
    int k;        // of a group, or ROWS
    int columns;  // of C that a tile covers
};

struct Tile {
    int group;
    int m;      // first row of C
    int n;      // first column of C; in a pair the second may lie beyond the last
    int m_end;  // rows of C
    int k_first;
    int k_blocks;   // of TILE_K, one at least
    bool shares_b;  // with the other tile of the pair, else A
};

// The group that the pair belongs to.
__device__ __forceinline__ int group_of(const Problem& problem, int pair) {
    int group = 0;
    for (int above = problem.groups; above - group > 1;) {
        const int middle = (group + above) / 2;
        if (problem.first_pair[middle] <= pair)
            group = middle;
        else
            above = middle;
    }
    return group;
}

// This block's tile of a pair. First come pairs of two tiles below each other, band by band, each band from left to right; then, if
// the rows of tiles are odd, pairs of two tiles side by side.
template <Schedule schedule>
__device__ __forceinline__ Tile locate(const Problem& problem, int pair) {
    constexpr int HEIGHT = 2 * TILE_M<schedule>;
    constexpr int BAND = BAND_ROWS / HEIGHT;
    Tile tile;
    tile.group = group_of(problem, pair);
    const int rows = problem.offsets[tile.group + 1] - problem.offsets[tile.group];
    tile.m_end = problem.m == ROWS ? rows : problem.m;
    const int k = problem.k == ROWS ? rows : problem.k;
    // A group without rows multiplies one block that lies outside of its maps: zeros.
    tile.k_first = k == 0 ? TILE_K : 0;
    tile.k_blocks = max((k + TILE_K - 1) / TILE_K, 1);
    const int across = (problem.n + problem.columns - 1) / problem.columns;
    const int down = (tile.m_end + TILE_M<schedule> - 1) / TILE_M<schedule> / 2;
    const int within = pair - problem.first_pair[tile.group];
    tile.shares_b = within < down * across;
    if (tile.shares_b) {
        const int band = within / (BAND * across);
        const int in_band = within - band * BAND * across;
        const int band_down = min(BAND, down - band * BAND);
        tile.m = (band * BAND + in_band % band_down) * HEIGHT + cluster_rank() * TILE_M<schedule>;
        tile.n = in_band / band_down * problem.columns;
    } else {
        tile.m = down * HEIGHT;
        tile.n = (2 * (within - down * across) + cluster_rank()) * problem.columns;
    }
    return tile;
}

template <Schedule schedule>
struct Shared {
    unsigned char* stages;

    __device__ unsigned char* a(int stage) const { return stages + stage * STAGE_BYTES<schedule>; }
    __device__ unsigned char* b(int stage) const { return a(stage) + A_BYTES<schedule>; }
    __device__ Barrier* full(int stage) const { return reinterpret_cast<Barrier*>(a(STAGES<schedule>)) + stage; }
    __device__ Barrier* empty(int stage) const { return full(STAGES<schedule>) + stage; }
    __device__ Barrier* turn(int warpgroup) const { return empty(STAGES<schedule>) + warpgroup; }
};

// A place in the ring of stages.
template <Schedule schedule>
struct Place {
    int stage = 0;
    int parity = 0;

    __device__ void advance() {
        if (++stage == STAGES<schedule>) {
            stage = 0;
            parity ^= 1;
        }
    }
    __device__ void skip(int stages) {
        stage += stages;
        parity ^= stage / STAGES<schedule> % 2;
        stage %= STAGES<schedule>;
    }
};

// What a block brings of its own and of what its cluster shares.
template <Schedule schedule, Major a_major, Major b_major>
struct Copier {
    const Shared<schedule>& shared;
    const TensorMap* maps;  // of the group
    const Tile& tile;
    int second_n;  // of B's second half
    int k;
    int stage;

    // Half of A: its upper rows or, of a single block across k, half of k. `blocks`: those that get it.
    __device__ void copy_a(int half, bool both) const {
        constexpr int PART = TILE_M<schedule> / 2;
        unsigned char* to = shared.a(stage) + half * (A_BYTES<schedule> / 2);
        if constexpr (a_major == ALONG_K)
            copy(to, maps, k, tile.m + half * PART, both);
        else if constexpr (schedule == TOGETHER)
            copy(to, maps, tile.m + half * PART, k, both);
        else
            copy(to, maps, tile.m, k + half * PART, both);
    }
    __device__ void copy_b(int half, bool both) const {
        const int n = half == 0 ? tile.n : second_n;
        unsigned char* to = shared.b(stage) + half * (B_BYTES / 2);
        if constexpr (b_major == ALONG_K) {
            copy(to, maps + 1 + half, k, n, both);
        } else {
            for (int block = 0; block < TILE_N / 2 / 64; block++)
                copy(to + block * BLOCK_BYTES, maps + 1 + half, n + 64 * block, k, both);
        }
    }
    __device__ void copy(void* to, const TensorMap* map, int x, int y, bool both) const {
        if (both)
            copy_box_to_all(to, map, x, y, shared.full(stage), (1 << CLUSTER) - 1);
        else
            copy_box(to, map, x, y, shared.full(stage));
    }
    __device__ void copy_stage() const {
        barrier_expect(shared.full(stage), STAGE_BYTES<schedule>);
        const int rank = cluster_rank();
        for (int half = 0; half < 2; half++) {
            if (tile.shares_b || half == rank) copy_a(half, !tile.shares_b);
            if (!tile.shares_b || half == rank) copy_b(half, tile.shares_b);
        }
    }
};

__device__ __forceinline__ int cluster_index() { return blockIdx.x / CLUSTER; }
__device__ __forceinline__ int clusters() { return gridDim.x / CLUSTER; }

// One thread.
template <Schedule schedule, Major a_major, Major b_major>
__device__ __forceinline__ void copy_operands(const Problem& problem, const Shared<schedule>& shared) {
    const int pairs = problem.first_pair[problem.groups];
    Place<schedule> place;
    int acquired = -1;
    for (int pair = cluster_index(); pair < pairs; pair += clusters()) {
        const Tile tile = locate<schedule>(problem, pair);
        const TensorMap* maps = problem.maps + 3 * tile.group;
        if (tile.group != acquired) {
            for (int map = 0; map < 3; map++) tensor_map_acquire(maps + map);
            acquired = tile.group;
        }
        // With columns of half a tile both halves begin at the same column, each of its own operand.
        const int second_n = problem.columns == TILE_N ? tile.n + TILE_N / 2 : tile.n;
        for (int block = 0; block < tile.k_blocks; block++, place.advance()) {
            barrier_wait(shared.empty(place.stage), place.parity ^ 1);
            const int k = tile.k_first + block * TILE_K;
            Copier<schedule, a_major, b_major>{shared, maps, tile, second_n, k, place.stage}.copy_stage();
        }
    }
}

// Tells both blocks that this warp has read the stage.
template <Schedule schedule>
__device__ __forceinline__ void release(const Shared<schedule>& shared, int stage) {
    const int lane = threadIdx.x % WARP;
    if (lane < CLUSTER) barrier_arrive_at(shared.empty(stage), lane);
}

// The sums of 64 rows of one tile, `part` of it. done() is called when all of the tile's stages are full and products are under way.
template <Schedule schedule, Major a_major, Major b_major, class Done>
__device__ __forceinline__ void multiply_tile(float (&sums)[SUMS], const Tile& tile, const Shared<schedule>& shared, int part,
                                              Place<schedule>& place, const Done& done) {
    int previous = 0;
    for (int block = 0; block < tile.k_blocks; block++, place.advance()) {
        barrier_wait(shared.full(place.stage), place.parity);
        const unsigned char* rows = shared.a(place.stage) + part * (ROWS_EACH * TILE_K * 2);
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
        if (block > 0) release(shared, previous);
        previous = place.stage;
    }
    done();
    products_wait<0>();
    products_fence(sums);
    release(shared, previous);
}

// A warpgroup of multipliers, 0 or 1.
template <Schedule schedule, Major a_major, Major b_major, class Store>
__device__ __forceinline__ void multiply_and_store(const Problem& problem, const Shared<schedule>& shared, int warpgroup,
                                                   const Store& store) {
    const int part = schedule == TOGETHER ? warpgroup : 0;
    const int row = part * ROWS_EACH + threadIdx.x % WARPGROUP / WARP * 16 + threadIdx.x % WARP / 4;
    const int pairs = problem.first_pair[problem.groups];
    Place<schedule> place;
    float sums[SUMS];
    int turn = 0;
    for (int pair = cluster_index(); pair < pairs; pair += clusters(), turn++) {
        const Tile tile = locate<schedule>(problem, pair);
        if constexpr (schedule == TOGETHER) {
            multiply_tile<schedule, a_major, b_major>(sums, tile, shared, part, place, [] {});
        } else {
            if (turn % MULTIPLIERS != warpgroup) {
                place.skip(tile.k_blocks);
                continue;
            }
            // Parities tell a stage's phase from the next only: none may be waited for before those in front of it are complete.
            if (turn > 0) barrier_wait(shared.turn(warpgroup), (turn - 1) / MULTIPLIERS % 2);
            multiply_tile<schedule, a_major, b_major>(sums, tile, shared, part, place, [&] {
                if (threadIdx.x % WARP == 0) barrier_arrive(shared.turn(1 - warpgroup));
            });
        }
        store(sums, tile, tile.m + row);
    }
}

// The whole kernel. store(sums, tile, row): row is the thread's first row of C, its second is 8 below; see multiply_64x256x16.
template <Schedule schedule, Major a_major, Major b_major, class Store>
__device__ __forceinline__ void multiply_groups(const Problem& problem, const Store& store) {
    DYNAMIC_SHARED(unsigned char, stages);
    const Shared<schedule> shared{stages};
    if (threadIdx.x == 0) {
        for (int stage = 0; stage < STAGES<schedule>; stage++) {
            barrier_init(shared.full(stage), 1);
            barrier_init(shared.empty(stage), READERS<schedule>);
        }
        for (int warpgroup = 0; warpgroup < MULTIPLIERS; warpgroup++) barrier_init(shared.turn(warpgroup), WARPS);
        barrier_init_done();
    }
    __syncwarp();
    cluster_sync();
    if (threadIdx.x < WARPGROUP) {
        lower_registers<COPIER_REGISTERS>();
        if (threadIdx.x == 0) copy_operands<schedule, a_major, b_major>(problem, shared);
        __syncwarp();
    } else {
        raise_registers<MULTIPLIER_REGISTERS>();
        const int warpgroup = static_cast<int>(threadIdx.x) / WARPGROUP - 1;
        multiply_and_store<schedule, a_major, b_major>(problem, shared, warpgroup, store);
    }
    // The other block may still write here or arrive at a barrier.
    cluster_sync();
}

}  // namespace witan::sm90
