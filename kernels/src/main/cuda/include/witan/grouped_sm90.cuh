// Grouped products on compute capability 9.0: C_g [M, N] = A_g [M, K] * B_g [K, N] for all groups g in one launch.
//
// One block a multiprocessor walks over tiles, or a cluster of two blocks over two tiles at a time: two below each other share B, two
// side by side share A. Of what is shared each block brings half, to both. In a block one warpgroup lets the copy engine bring the
// operands, 64 of k at a time, into a ring of stages; two warpgroups multiply. Two barriers a stage say full and empty. Each group has
// tensor maps of its own, so that what lies beyond its rows comes as zeros.
#pragma once

#include <witan/grouped_tiles.cuh>

namespace witan::sm90 {

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
    // The upper or the lower rows of A; across k they are a block of 64.
    template <bool all>
    __device__ __forceinline__ void copy_a(int half, int stage, int k) const {
        constexpr int PART = P::TILE_M / 2;
        static_assert(a_major == ALONG_K || PART == 64);
        unsigned char* to = shared.a(stage) + half * (P::A_BYTES / 2);
        if constexpr (a_major == ALONG_K)
            copy<all>(to, maps, k, tile.m + half * PART, stage);
        else
            copy<all>(to, maps, tile.m + half * PART, k, stage);
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
    const int shares = problem.first_share[problem.groups];
    Place<P> place;
    int acquired = -1;
    for (int share = cluster_index<P>(); share < shares; share += clusters<P>()) {
        const Tile tile = locate<P>(problem, share);
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
        const auto shares_b = [&](int stage, int k) { copier.copy_shares_b(stage, k); };
        if constexpr (P::CLUSTER == 1)
            fill(shares_b);
        else if (tile.shares_b)
            fill(shares_b);
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

// The sums of 64 rows of one tile, `part` of it. done() is called when all stages of the tile are full and products are under way.
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
    const int shares = problem.first_share[problem.groups];
    Place<P> place;
    float sums[SUMS];
    int turn = 0;
    for (int share = cluster_index<P>(); share < shares; share += clusters<P>(), turn++) {
        const Tile tile = locate<P>(problem, share);
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
    static_assert(P::STAGES * (P::STAGE_BYTES + 2 * sizeof(Barrier)) + MULTIPLIERS * sizeof(Barrier) <= SHARED_BYTES);
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
    } else {
        raise_registers<MULTIPLIER_REGISTERS>();
        const int warpgroup = static_cast<int>(threadIdx.x) / WARPGROUP - 1;
        multiply_and_store<P, a_major, b_major>(problem, shared, warpgroup, store);
    }
    __syncwarp();
    // Another block may still write here or arrive at a barrier.
    if constexpr (P::CLUSTER > 1) cluster_sync();
}

}  // namespace witan::sm90
