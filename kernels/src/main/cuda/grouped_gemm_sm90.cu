// architectures: 90a
// The three products of a grouped linear layer, all groups in one launch, on Hopper's matrix units: rows of all groups follow each
// other, group g has rows offsets[g] to offsets[g + 1] - 1.
#include <witan/grouped_store.cuh>

using namespace witan;
using namespace witan::sm90;

namespace {

using Alone = Plan<1, TOGETHER>;
using Paired = Plan<2, TOGETHER>;
using InTurn = Plan<2, IN_TURN>;

__device__ __forceinline__ Problem problem(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int m,
                                           int n, int k) {
    return {maps, offsets, first_share, groups, m, n, k, TILE_N};
}

// Rows of C that belong to all groups together.
struct RowsFp32 {
    float* c;
    const int* offsets;
    StoreFp32 store;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row) const {
        store(sums, tile, row, c + static_cast<long long>(offsets[tile.group]) * store.n);
    }
};

template <class Store>
struct RowsBf16 {
    const int* offsets;
    Store store;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row) const {
        store(sums, tile, row, offsets[tile.group]);
    }
};

// A matrix for each group.
struct Matrices {
    float* const* c;
    StoreFp32 store;

    __device__ __forceinline__ void operator()(const float (&sums)[SUMS], const Tile& tile, int row) const {
        store(sums, tile, row, c[tile.group]);
    }
};

}  // namespace

// y [rows, n] = x [rows, k] * w_g [n, k]^T + beta y
CLUSTER_KERNEL(gemm90_forward, 384, 2)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int n, int k, float* y, float beta) {
    multiply_groups<Paired, ALONG_K, ALONG_K>(problem(maps, offsets, first_share, groups, ROWS, n, k),
                                               RowsFp32{y, offsets, {n, beta}});
}

CLUSTER_KERNEL(gemm90_forward_bf16, 384, 2)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int n, int k, bf16* y) {
    multiply_groups<Paired, ALONG_K, ALONG_K>(problem(maps, offsets, first_share, groups, ROWS, n, k),
                                               RowsBf16<StoreBf16>{offsets, {y, n}});
}

// dx [rows, n] = dy [rows, k] * w_g [k, n] + beta dx
CLUSTER_KERNEL(gemm90_backward_input, 384, 2)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int n, int k, float* dx, float beta) {
    multiply_groups<Paired, ALONG_K, ACROSS_K>(problem(maps, offsets, first_share, groups, ROWS, n, k),
                                               RowsFp32{dx, offsets, {n, beta}});
}

CLUSTER_KERNEL(gemm90_backward_input_bf16, 384, 2)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int n, int k, bf16* dx) {
    multiply_groups<Paired, ALONG_K, ACROSS_K>(problem(maps, offsets, first_share, groups, ROWS, n, k),
                                               RowsBf16<StoreBf16>{offsets, {dx, n}});
}

// dw_g [m, n] = dy_g [rows, m]^T * x_g [rows, n] + beta dw_g
KERNEL(gemm90_backward_weight, 384)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int m, int n, float* const* dw, float beta) {
    multiply_groups<Alone, ACROSS_K, ACROSS_K>(problem(maps, offsets, first_share, groups, m, n, ROWS), Matrices{dw, {n, beta}});
}

// y = gelu(x w_g^T), slope its derivative
CLUSTER_KERNEL(gemm90_gelu, 384, 2)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int n, int k, bf16* y, bf16* slope) {
    multiply_groups<Paired, ALONG_K, ALONG_K>(problem(maps, offsets, first_share, groups, ROWS, n, k),
                                               RowsBf16<StoreGelu>{offsets, {y, slope, n}});
}

// y = silu(x gate_g^T) * (x up_g^T) and its derivatives by either product; a tile has 128 columns of each.
CLUSTER_KERNEL(gemm90_swiglu, 384, 2)
(const TensorMap* maps, const int* offsets, const int* first_share, int groups, int n, int k, bf16* y, bf16* gate_slope,
 bf16* up_slope) {
    const Problem both{maps, offsets, first_share, groups, ROWS, n, k, TILE_N / 2};
    multiply_groups<InTurn, ALONG_K, ALONG_K>(both, RowsBf16<StoreSwiglu>{offsets, {y, gate_slope, up_slope, n}});
}
