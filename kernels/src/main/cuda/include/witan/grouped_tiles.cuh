// How grouped products on compute capability 9.0 are cut into tiles, and which block multiplies which.
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
    const int* first_share;  // [groups + 1] first share of each group
    int groups;
    int m;        // of a group, or ROWS
    int n;
    int k;        // of a group, or ROWS
    int columns;  // of C that a tile covers
};

struct Tile {
    int group;
    int m;      // first row of C
    int n;      // first column of C; the second of a share may lie beyond the last
    int m_end;  // rows of C
    int k_first;
    int k_blocks;   // of TILE_K, one at least
    bool shares_b;  // with the other tile of the share, else A
};

// The group that the share belongs to.
__device__ __forceinline__ int group_of(const Problem& problem, int share) {
    int group = 0;
    for (int above = problem.groups; above - group > 1;) {
        const int middle = (group + above) / 2;
        if (problem.first_share[middle] <= share)
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

// This block's tile of a share, which is the tiles that a cluster takes at once. First come those below each other, band by band, each
// band from left to right; then, of a row of tiles that is left, those side by side.
template <class P>
__device__ __forceinline__ Tile locate(const Problem& problem, int share) {
    constexpr int BAND = BAND_ROWS / P::HEIGHT;
    Tile tile;
    tile.group = group_of(problem, share);
    const int rows = problem.offsets[tile.group + 1] - problem.offsets[tile.group];
    tile.m_end = problem.m == ROWS ? rows : problem.m;
    const int k = problem.k == ROWS ? rows : problem.k;
    // A group without rows multiplies one block that lies outside of its maps: zeros.
    tile.k_first = k == 0 ? TILE_K : 0;
    tile.k_blocks = max((k + TILE_K - 1) / TILE_K, 1);
    const int across = (problem.n + problem.columns - 1) / problem.columns;
    const int down = (tile.m_end + P::TILE_M - 1) / P::TILE_M / P::CLUSTER;
    const int rank = block_of_cluster<P>();
    const int within = share - problem.first_share[tile.group];
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

}  // namespace witan::sm90
