// Matrix products of groups of rows, each with its own weight, bf16 operands and fp32 sums, all groups in one launch. Group g
// has rows offsets[g]..offsets[g + 1] - 1. tiles lists (group, first row) of each 128 rows; widths are multiples of 8 and all
// addresses multiples of 16.
#include <witan/gemm_tile.cuh>

namespace {

using namespace witan::gemm;
using witan::bf16;
using witan::find_work;
using witan::Work;

template <class T>
__device__ __forceinline__ Target<T> target(T* matrix, const Work& work, int columns) {
    return {matrix + static_cast<long long>(work.row) * columns + work.column, columns, work.rows, columns - work.column};
}

// x w[g]^T
__device__ __forceinline__ void forward(const bf16* x, const bf16* const* weights, const Work& work, int in, int out,
                                        Sums& sums) {
    DYNAMIC_SHARED(bf16, ring);
    const AlongDepth<TILE> left(x + static_cast<long long>(work.row) * in, in, work.rows, in);
    const AlongDepth<TILE> right(weights[work.group] + static_cast<long long>(work.column) * in, in, out - work.column, in);
    multiply(left, right, in, ring, sums);
}

// dy w[g]
__device__ __forceinline__ void backward_input(const bf16* dy, const bf16* const* weights, const Work& work, int in, int out,
                                               Sums& sums) {
    DYNAMIC_SHARED(bf16, ring);
    const AlongDepth<TILE> left(dy + static_cast<long long>(work.row) * out, out, work.rows, out);
    const AcrossDepth right(weights[work.group] + work.column, in, in - work.column, out);
    multiply(left, right, out, ring, sums);
}

}  // namespace

// y [rows, out] = x [rows, in] w[g] [out, in]^T + beta y
KERNEL(grouped_gemm_forward, 128)(const bf16* x, const int* offsets, const bf16* const* weights, const int* tiles, float* y,
                                  int tile_count, int in, int out, float beta) {
    const Work mine = find_work(offsets, tiles, tile_count, TILE, out, TILE);
    Sums sums;
    forward(x, weights, mine, in, out, sums);
    store(sums, target(y, mine, out), beta);
}

KERNEL(grouped_gemm_forward_bf16, 128)(const bf16* x, const int* offsets, const bf16* const* weights, const int* tiles, bf16* y,
                                       int tile_count, int in, int out) {
    const Work mine = find_work(offsets, tiles, tile_count, TILE, out, TILE);
    Sums sums;
    forward(x, weights, mine, in, out, sums);
    store(sums, target(y, mine, out));
}

// dx [rows, in] = dy [rows, out] w[g] [out, in] + beta dx
KERNEL(grouped_gemm_backward_input, 128)(const bf16* dy, const int* offsets, const bf16* const* weights, const int* tiles,
                                         float* dx, int tile_count, int in, int out, float beta) {
    const Work mine = find_work(offsets, tiles, tile_count, TILE, in, TILE);
    Sums sums;
    backward_input(dy, weights, mine, in, out, sums);
    store(sums, target(dx, mine, in), beta);
}

KERNEL(grouped_gemm_backward_input_bf16, 128)(const bf16* dy, const int* offsets, const bf16* const* weights, const int* tiles,
                                              bf16* dx, int tile_count, int in, int out) {
    const Work mine = find_work(offsets, tiles, tile_count, TILE, in, TILE);
    Sums sums;
    backward_input(dy, weights, mine, in, out, sums);
    store(sums, target(dx, mine, in));
}

// dw[g] [out, in] = dy_g^T x_g + beta dw[g], for the groups listed, in this order; a group without rows has beta dw[g].
KERNEL(grouped_gemm_backward_weight, 128)(const bf16* dy, const int* offsets, const bf16* x, const int* groups,
                                          float* const* dw, int in, int out, float beta) {
    DYNAMIC_SHARED(bf16, ring);
    const int row_tiles = (out + TILE - 1) / TILE;
    const int column_tiles = (in + TILE - 1) / TILE;
    const int group = groups[blockIdx.x / (row_tiles * column_tiles)];
    const auto place = witan::tile_place(blockIdx.x % (row_tiles * column_tiles), row_tiles, column_tiles);
    const int row = place.row * TILE;
    const int column = place.column * TILE;
    const long long begin = offsets[group];
    const int depth = offsets[group + 1] - offsets[group];
    const AcrossDepth left(dy + begin * out + row, out, out - row, depth);
    const AcrossDepth right(x + begin * in + column, in, in - column, depth);
    Sums sums;
    multiply(left, right, depth, ring, sums);
    const Target<float> to{dw[group] + static_cast<long long>(row) * in + column, in, min(TILE, out - row), in - column};
    store(sums, to, beta);
}
