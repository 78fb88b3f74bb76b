// Grouped products on compute capability 9.0: C_g [M, N] = A_g [M, K] * B_g [K, N] for all groups g in one launch.
//
// One block a multiprocessor walks over tiles, or a cluster of two blocks over pairs of tiles: two below each other, that share B, or
// two side by side, that share A. Of what is shared each block brings half, to both. In a block one warpgroup lets the copy engine
// bring the operands, 64 of k at a time, into a ring of stages; two warpgroups multiply. Two barriers a stage say full and empty.
// Each group has tensor maps of its own, so that what lies beyond its rows comes as zeros.
#pragma once

#include <witan/block.cuh>
#include <witan/operand_tile.cuh>

namespace witan::sm90 {

constexpr int TILE_N = 256;
constexpr int TILE_K = 64;
constexpr int WARPGROUP = 128;
constexpr int WARPS = WARPGROUP / WARP;  // of a warpgroup
constexpr int MULTIPLIERS = 2;
constexpr int ROWS_EACH = 64;  // of a tile that a warpgroup multiplies
constexpr int SUMS = TILE_N / 2;  // of one thread
constexpr int B_BYTES = TILE_N * TILE_K * 2;
constexpr int BLOCK_BYTES = 64 * LINE_BYTES;  // 64 x 64 of an operand that lies across k
constexpr int SHARED_BYTES = 227 * 1024;  // all that a block can have: no other lives beside it
constexpr int BAND_ROWS = 2048;  // that a group's tiles go down before they go on to the right
// 65536 registers of a multiprocessor, less what the three warpgroups would get alike.
constexpr int COPIER_REGISTERS = 40;
constexpr int MULTIPLIER_REGISTERS = 232;

// How the two warpgroups of multipliers divide work.
enum Schedule {
    TOGETHER,  // each tile, the upper and the lower half: operands are read least
    IN_TURN  // every other tile: one multiplies while the other stores
};

template <int cluster, Schedule schedule>
struct Plan {
    static constexpr int CLUSTER = cluster;  // blocks, 1 or 2
    static constexpr Schedule SCHEDULE = schedule;
    static constexpr int TILE_M = schedule == TOGETHER ? MULTIPLIERS * ROWS_EACH : ROWS_EACH;
    static constexpr int STAGES = schedule == TOGETHER ? 4 : 5;
    static constexpr int A_BYTES = TILE_M * TILE_K * 2;
    static constexpr int STAGE_BYTES = A_BYTES + B_BYTES;
    // Warps, of all blocks, that read a stage.
    static constexpr int READERS = cluster * WARPS * (schedule == TOGETHER ? MULTIPLIERS : 1);
    static constexpr int HEIGHT = cluster * TILE_M;  // of tiles below each other
};

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

template <class P>
__device__ __forceinline__ int block_of_cluster() {
    return P::CLUSTER == 1 ? 0 : cluster_rank();
}

// This block's tile of a pair, or the only one. First come pairs of two tiles below each other, band by band, each band from left to right; then, if
// the rows of tiles are odd, pairs of two tiles side by side.
template <class P>
__device__ __forceinline__ Tile locate(const Problem& problem, int pair) {
    constexpr int BAND = BAND_ROWS / P::HEIGHT;
    Tile tile;
    tile.group = group_of(problem, pair);
    const int rows = problem.offsets[tile.group + 1] - problem.offsets[tile.group];
    tile.m_end = problem.m == ROWS ? rows : problem.m;
    const int k = problem.k == ROWS ? rows : problem.k;
    // A group without rows multiplies one block that lies outside of its maps: zeros.
    tile.k_first = k == 0 ? TILE_K : 0;
    tile.k_blocks = max((k + TILE_K - 1) / TILE_K, 1);
    const int across = (problem.n + problem.columns - 1) / problem.columns;
    const int down = (tile.m_end + P::TILE_M - 1) / P::TILE_M / P::CLUSTER;
    const int rank = block_of_cluster<P>();
    const int within = pair - problem.first_pair[tile.group];
    tile.shares_b = within < down * across;
    if (tile.shares_b) {
        const int band = within / (BAND * across);
        const int in_band = within - band * BAND * across;
        const int band_down = min(BAND, down - band * BAND);
        tile.m = (band * BAND + in_band % band_down) * P::HEIGHT + rank * P::TILE_M;
        tile.n = in_band / band_down * problem.columns;
    } else {
        tile.m = down * P::HEIGHT;
        tile.n = (P::CLUSTER * (within - down * across) + rank) * problem.columns;
    }
    return tile;
}

template <class P>
struct Shared {
    unsigned char* stages;

    __device__ unsigned char* a(int stage) const { return stages + stage * P::STAGE_BYTES; }
    __device__ unsigned char* b(int stage) const { return a(stage) + P::A_BYTES; }
    __device__ Barrier* full(int stage) const { return reinterpret_cast<Barrier*>(a(P::STAGES)) + stage; }
    __device__ Barrier* empty(int stage) const { return full(P::STAGES) + stage; }
    __device__ Barrier* turn(int warpgroup) const { return empty(P::STAGES) + warpgroup; }
};

// A place in the ring of stages.
template <class P>
struct Place {
    int stage = 0;
    int parity = 0;

    __device__ void advance() {
        if (++stage == P::STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }
    __device__ void skip(int stages) {
        stage += stages;
        parity ^= stage / P::STAGES % 2;
        stage %= P::STAGES;
    }
};

// What a block brings of a stage: all of one operand for itself, of the one that is shared half for all.
template <class P, Major a_major, Major b_major>
struct Copier {
    const Shared<P>& shared;
    const TensorMap* maps;  // of the group
    const Tile& tile;
    int second_n;  // of B's second half
    int rank;

    __device__ __forceinline__ void copy_shares_b(int stage, int k) const {
        barrier_expect(shared.full(stage), P::STAGE_BYTES);
        copy_a<false>(0, stage, k);
        copy_a<false>(1, stage, k);
        if constexpr (P::CLUSTER > 1) {
            copy_b<true>(rank, stage, k);
        } else {
            copy_b<false>(0, stage, k);
            copy_b<false>(1, stage, k);
        }
    }
    __device__ __forceinline__ void copy_shares_a(int stage, int k) const {
        barrier_expect(shared.full(stage), P::STAGE_BYTES);
        copy_a<true>(rank, stage, k);
        copy_b<false>(0, stage, k);
        copy_b<false>(1, stage, k);
    }

private:
    // Half of A: its upper rows or, of a single block across k, half of k.
    template <bool all>
    __device__ __forceinline__ void copy_a(int half, int stage, int k) const {
        constexpr int PART = P::TILE_M / 2;
        unsigned char* to = shared.a(stage) + half * (P::A_BYTES / 2);
        if constexpr (a_major == ALONG_K)
            copy<all>(to, maps, k, tile.m + half * PART, stage);
        else if constexpr (P::SCHEDULE == TOGETHER)
            copy<all>(to, maps, tile.m + half * PART, k, stage);
        else
            copy<all>(to, maps, tile.m, k + half * PART, stage);
    }
    template <bool all>
    __device__ __forceinline__ void copy_b(int half, int stage, int k) const {
        const int n = half == 0 ? tile.n : second_n;
        unsigned char* to = shared.b(stage) + half * (B_BYTES / 2);
        if constexpr (b_major == ALONG_K) {
            copy<all>(to, maps + 1 + half, k, n, stage);
        } else {
            for (int block = 0; block < TILE_N / 2 / 64; block++)
                copy<all>(to + block * BLOCK_BYTES, maps + 1 + half, n + 64 * block, k, stage);
        }
    }
    template <bool all>
    __device__ __forceinline__ void copy(void* to, const TensorMap* map, int x, int y, int stage) const {
        if constexpr (all)
            copy_box_to_all(to, map, x, y, shared.full(stage), (1 << P::CLUSTER) - 1);
        else
            copy_box(to, map, x, y, shared.full(stage));
    }
};

template <class P>
__device__ __forceinline__ int cluster_index() {
    return blockIdx.x / P::CLUSTER;
}
template <class P>
__device__ __forceinline__ int clusters() {
    return gridDim.x / P::CLUSTER;
}

template <class P>
__device__ __forceinline__ void sync() {
    if constexpr (P::CLUSTER == 1)
        __syncthreads();
    else
        cluster_sync();
}

// One thread.
template <class P, Major a_major, Major b_major>
__device__ __forceinline__ void copy_operands(const Problem& problem, const Shared<P>& shared) {
    const int pairs = problem.first_pair[problem.groups];
    Place<P> place;
    int acquired = -1;
    for (int pair = cluster_index<P>(); pair < pairs; pair += clusters<P>()) {
        const Tile tile = locate<P>(problem, pair);
        const TensorMap* maps = problem.maps + 3 * tile.group;
        if (tile.group != acquired) {
            for (int map = 0; map < 3; map++) tensor_map_acquire(maps + map);
            acquired = tile.group;
        }
        // With columns of half a tile both halves begin at the same column, each of its own operand.
        const int second_n = problem.columns == TILE_N ? tile.n + TILE_N / 2 : tile.n;
        const Copier<P, a_major, b_major> copier{shared, maps, tile, second_n, block_of_cluster<P>()};
        const auto fill = [&](const auto& copy) {
            for (int block = 0; block < tile.k_blocks; block++, place.advance()) {
                barrier_wait(shared.empty(place.stage), place.parity ^ 1);
                copy(place.stage, tile.k_first + block * TILE_K);
            }
        };
        if (P::CLUSTER == 1 || tile.shares_b)
            fill([&](int stage, int k) { copier.copy_shares_b(stage, k); });
        else
            fill([&](int stage, int k) { copier.copy_shares_a(stage, k); });
    }
}

// Tells all blocks that this warp has read the stage.
template <class P>
__device__ __forceinline__ void release(const Shared<P>& shared, int stage) {
    const int lane = threadIdx.x % WARP;
    if (lane >= P::CLUSTER) return;
    if constexpr (P::CLUSTER == 1)
        barrier_arrive(shared.empty(stage));
    else
        barrier_arrive_at(shared.empty(stage), lane);
}

// The sums of 64 rows of one tile, `part` of it. done() is called when all of the tile's stages are full and products are under way.
template <class P, Major a_major, Major b_major, class Done>
__device__ __forceinline__ void multiply_tile(float (&sums)[SUMS], const Tile& tile, const Shared<P>& shared, int part,
                                              Place<P>& place, const Done& done) {
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
template <class P, Major a_major, Major b_major, class Store>
__device__ __forceinline__ void multiply_and_store(const Problem& problem, const Shared<P>& shared, int warpgroup,
                                                   const Store& store) {
    const int part = P::SCHEDULE == TOGETHER ? warpgroup : 0;
    const int row = part * ROWS_EACH + threadIdx.x % WARPGROUP / WARP * 16 + threadIdx.x % WARP / 4;
    const int pairs = problem.first_pair[problem.groups];
    Place<P> place;
    float sums[SUMS];
    int turn = 0;
    for (int pair = cluster_index<P>(); pair < pairs; pair += clusters<P>(), turn++) {
        const Tile tile = locate<P>(problem, pair);
        if constexpr (P::SCHEDULE == TOGETHER) {
            multiply_tile<P, a_major, b_major>(sums, tile, shared, part, place, [] {});
        } else {
            if (turn % MULTIPLIERS != warpgroup) {
                place.skip(tile.k_blocks);
                continue;
            }
            // Parities tell a stage's phase from the next only: none may be waited for before those in front of it are complete.
            if (turn > 0) barrier_wait(shared.turn(warpgroup), (turn - 1) / MULTIPLIERS % 2);
            multiply_tile<P, a_major, b_major>(sums, tile, shared, part, place, [&] {
                if (threadIdx.x % WARP == 0) barrier_arrive(shared.turn(1 - warpgroup));
            });
        }
        store(sums, tile, tile.m + row);
    }
}

// The whole kernel. store(sums, tile, row): row is the thread's first row of C, its second is 8 below; see multiply_64x256x16.
template <class P, Major a_major, Major b_major, class Store>
__device__ __forceinline__ void multiply_groups(const Problem& problem, const Store& store) {
    DYNAMIC_SHARED(unsigned char, stages);
    const Shared<P> shared{stages};
    if (threadIdx.x == 0) {
        for (int stage = 0; stage < P::STAGES; stage++) {
            barrier_init(shared.full(stage), 1);
            barrier_init(shared.empty(stage), P::READERS);
        }
        for (int warpgroup = 0; warpgroup < MULTIPLIERS; warpgroup++) barrier_init(shared.turn(warpgroup), WARPS);
        barrier_init_done();
    }
    __syncwarp();
    sync<P>();
    if (threadIdx.x < WARPGROUP) {
        lower_registers<COPIER_REGISTERS>();
        if (threadIdx.x < WARP && elect_one()) copy_operands<P, a_major, b_major>(problem, shared);
        __syncwarp();
    } else {
        raise_registers<MULTIPLIER_REGISTERS>();
        const int warpgroup = static_cast<int>(threadIdx.x) / WARPGROUP - 1;
        multiply_and_store<P, a_major, b_major>(problem, shared, warpgroup, store);
    }
    // Another block may still write here or arrive at a barrier.
    if constexpr (P::CLUSTER > 1) cluster_sync();
}

}  // namespace witan::sm90
